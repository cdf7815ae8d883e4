/*! BasicChat, Apache-2.0. With preact 11.2.0 (MIT); htm 3.1.1 (Apache-2.0); marked 18.2.1 (MIT); dompurify 3.4.18 ((MPL-2.0 OR Apache-2.0)); highlight.js 11.12.0 (BSD-3-Clause); temml 0.13.5 (MIT). See licences.txt */
var Ra=Object.defineProperty;var Te=(t,e)=>{for(var n in e)Ra(t,n,{get:e[n],enumerable:!0})};var N=class extends Error{constructor(e,{kind:n="client",code:o=0,retryable:s=!1,...r}={}){super(e),this.name="ChatError",this.kind=n,this.code=o,this.retryable=s,this.retryAfterMs=r.retryAfterMs,this.hint=r.hint,this.reason=r.reason,this.params=r.params,this.field=r.field,this.incident=r.incident}};function Ne({code:t,message:e="",data:n={}}){let{kind:o="internal",retry_after_ms:s,...r}=n??{};return new N(e,{...r,code:t,kind:o,retryAfterMs:s})}var es=new Set(["approvals.list","citations.get","collections.get","collections.list","connectors.list","documents.formats","documents.get","documents.list","documents.retry","documents.search","grants.list","invitations.list","keys.list","messages.list","messages.search","models.list","modes.list","rooms.join","rooms.leave","rooms.list","rooms.read","runs.approve","runs.cancel","runs.get","session.ping","tasks.cancel","tasks.get","tasks.list","tools.list","users.list"]),An=new Set(["feedback.set","messages.delete","messages.edit","messages.post","messages.regenerate","query","runs.continue","stream_request","tool_execution"]);var yt=t=>An.has(t),bt=t=>An.has(t)||es.has(t);var ts=t=>(t&64512)===55296,ns=t=>(t&64512)===56320;function _t(t){let e=t.length;for(let n=0;n<t.length-1;n++)ts(t.charCodeAt(n))&&ns(t.charCodeAt(n+1))&&(e--,n++);return e}function Ge(t,e){let n=0;for(;e>0&&n<t.length;e--)n+=ts(t.charCodeAt(n))&&ns(t.charCodeAt(n+1))?2:1;return n}function os(t,{off:e,text:n}){if(e>t.off)return{part:t,added:"",gap:!0};let o=t.off-e,s=o?n.slice(Ge(n,o)):n;return s?{part:{...t,text:t.text+s,off:t.off+_t(s)},added:s,gap:!1}:{part:t,added:s,gap:!1}}function oe(){let t=globalThis.crypto.getRandomValues(new Uint8Array(16));return Array.from(t,e=>e.toString(16).padStart(2,"0")).join("")}var Da=30,La=500,Ia=16<<20,Pa=-32010,qe=(t,e,n)=>JSON.stringify({jsonrpc:"2.0",id:t,method:e,params:n}),Na=t=>new TextEncoder().encode(t).length,On=class{sentOn=null;sentAt=0;queued=!1;notBefore=0;constructor(e,n,o,{onResult:s,user:r=null}){let i={...o};yt(n)&&(i.client_msg_id??=oe()),Object.assign(this,{id:e,method:n,params:i,onResult:s,user:r}),this.frame=qe(e,n,i),this.bytes=Na(this.frame),this.reply=new Promise((c,u)=>Object.assign(this,{resolve:c,reject:u}))}succeed(e){this.onResult?.(e),this.resolve(e)}},wt=class{#e=new Map;#t=0;#o=0;#n;#s;#i;constructor(e=null,{maxWaiting:n=La,maxInFlight:o=Da}={}){this.#n=e,this.#s=n,this.#i=o}get size(){return this.#e.size}add(e,n,{maxBytes:o=1/0,...s}={}){let r=new On(++this.#t,e,n,s);if(r.bytes>o)throw new N("The request is too long to be sent",{kind:"too_large",code:Pa,hint:"Shorten it."});if(this.#e.size>=this.#s||this.#o+r.bytes>Ia)throw new N("Too many requests are waiting to be sent",{kind:"queue_full",retryable:!0,hint:"Try again once the server can be reached."});return this.#r(r),r.user&&this.#n?.keep(r),r}#r(e){this.#e.set(e.id,e),this.#o+=e.bytes}#c(e){let n=this.#e.get(e);return this.#e.delete(e)&&(this.#o-=n.bytes),n}#a(e,n){this.#c(e.id),this.#n?.drop(e),e.reject(n)}has(e){return[...this.#e.values()].some(n=>n.params.client_msg_id===e)}*takeDue(e,n){for(let o of[...this.#e.values()].slice(0,this.#i))o.sentOn||o.notBefore>n||(Object.assign(o,{sentOn:e,sentAt:n}),yield o)}onReply({id:e,result:n,error:o},s){let r=this.#c(e);if(!r)return null;let i=o&&Ne(o),c=r.queued||i?.reason==="server_stopping";return i?.retryAfterMs!==void 0&&c&&bt(r.method)?(Object.assign(r,{sentOn:null,queued:!0,notBefore:s+i.retryAfterMs}),this.#r(r),r):i?.kind==="unauthenticated"&&bt(r.method)?(Object.assign(r,{sentOn:null,queued:!0}),this.#r(r),r):(this.#n?.drop(r),i?r.reject(i):r.succeed(n),r)}assignUser(e){let n=new N("Another user is logged in now",{kind:"unauthenticated"});for(let o of[...this.#e.values()])o.user!==e&&(o.user===null?(o.user=e,this.#n?.keep(o)):(this.#c(o.id),o.reject(n)))}connectionLost(e,{repeat:n=!0}={}){let o=new N("The connection was lost before the server replied",{kind:"connection_lost",retryable:!0,hint:"The server may have done it: look before you try again."});for(let s of[...this.#e.values()])s.sentOn===e&&(n&&bt(s.method)?Object.assign(s,{sentOn:null,queued:!0}):this.#a(s,o))}inFlightOn(e){return[...this.#e.values()].some(n=>n.sentOn===e)}expire(e,n,o){for(let s of[...this.#e.values()]){if(!s.sentOn||e-Math.max(s.sentAt,n)<o)continue;let r=`The server did not reply for ${o/1e3} seconds`;this.#a(s,new N(r,{kind:"timeout",retryable:!0}))}}failAll(e,{kept:n=!1}={}){for(let o of[...this.#e.values()])n?(this.#c(o.id),o.reject(e)):this.#a(o,e)}};var qa="probe",vt=class{welcomed=!1;byCookie=!1;ended=!1;#e;#t;#o;#n;#s=!1;constructor({number:e,http:n,make:o,handler:s,liveness:r}){this.#e=`hello-${e}`,this.#t=s,this.#o=r,this.#n=o(i=>s.onTransport(this,i)),this.http=n,this.since=r.now}get transport(){return this.#n.transport}open(){this.#n.open({opened:()=>this.#i(),frame:e=>this.#c(e),ended:(e,n)=>this.#t.onEnd(this,e,n)})}#i(){this.since=this.#o.now,this.ended||this.#r({resume:!0})}#r({resume:e}){let n=this.#t.hello({resume:e});this.#s="resume"in n,this.byCookie=!n.token,this.send(qe(this.#e,"session.hello",n))}#c(e){if(!this.ended){this.#o.heard();for(let n of Array.isArray(e)?e:[e])n!==null&&(n.method?this.#t.onNotification(this,n.method,n.params):n.id===this.#e?this.#a(n):this.#t.onReply(this,n))}}#a({result:e,error:n}){if(!n){this.welcomed=!0,this.#t.onWelcome(this,e);return}let o=Ne(n);this.#s&&!this.welcomed&&!o.retryable?this.#r({resume:!1}):this.#t.onRefusal(this,o)}send(e){this.#n.send(e)}probe(){this.#o.probed(),this.send(qe(qa,"session.ping",{}))}follow(e){this.#n.follow(e)}close(e){return this.#n.close(e)}};var Fa=1e5,kt=Object.freeze(["state","event","delta","signal","snapshot","stale","restored"]),Ua=new Set(["unauthenticated","forbidden","failed","closed"]);function Fe({status:t,error:e}){return Ua.has(t)?e??new N("The client was closed",{kind:t}):null}var Ba=globalThis.reportError?.bind(globalThis)??(t=>console.error(t)),xt=class{#e=new Map(kt.map(e=>[e,new Set]));on(e,n){let o=this.#e.get(e);if(!o)throw new TypeError(`Unknown event "${e}"; the events are ${kt.join(", ")}`);let s=r=>n(r);return o.add(s),()=>{o.delete(s)}}emit(e,n){for(let o of[...this.#e.get(e)])try{o(n)}catch(s){Ba(s)}}},Ye=class{#e=[];#t=!1;#o=()=>{};#n;constructor(e,n){let o=s=>e.on(s,r=>this.#s([s,r]));this.#n=[...new Set(n)].map(o)}#s(e){this.#e.length<Fa?this.#e.push(e):this.#t=!0,this.#o()}async next(){for(;!this.#e.length;){if(this.#t)throw new N("Events were read too slowly, and some are lost",{kind:"overflow"});await new Promise(e=>this.#o=e)}return this.#e.shift()}end(){for(let e of this.#n)e()}};var ja={unauthenticated:["The token is invalid or has expired","Log in again, or create a new key."],forbidden:["You no longer have access to this server","Ask its administrator."]};function ss(t){let[e,n]=ja[t]??["The server closed the connection"];return new N(e,{kind:t,hint:n})}var St=class{#e;#t=[];current={status:"idle",transport:null};constructor(e){this.#e=e}whenOnline(){return this.current.status==="online"?Promise.resolve():new Promise((e,n)=>this.#t.push({resolve:e,reject:n}))}set(e){this.current={transport:null,...e};let n=Fe(this.current),o=e.status==="online",s=o||n?this.#t.splice(0):[];this.#e(this.current);for(let{resolve:r,reject:i}of s)o?r():i(n)}};var Et=class{connection=null;#e=new Map;#t;#o;#n;#s;constructor({requests:e,streams:n,liveness:o,timing:s}){this.#t=e,this.#o=n,this.#n=o,this.#s=s}take(){let{connection:e}=this;return this.connection=null,e}flush(){let{connection:e}=this;if(e?.welcomed)for(let{frame:n}of this.#t.takeDue(e,this.#n.now))e.send(n)}refollow(){this.connection?.follow(this.#o.followed())}replace(e){let n=this.connection;this.connection=e,n&&(n.follow({}),this.#e.set(n,this.#n.now))}isDrained(e){return this.#e.has(e)&&!this.#t.inFlightOn(e)}overdue(){let e=this.#n.now-this.#s.progressTimeout;return[...this.#e].filter(([,n])=>n<e).map(([n])=>n)}forget(e){this.#e.delete(e)}probe(){this.connection?.welcomed&&this.connection.probe()}verdict(e){if(!this.connection)return"alive";let n=this.#t.size?this.#s.probeAfter:e;return this.#n.verdict(this.connection,n)}};var Rn=class{#e;#t=0;#o=performance.now();constructor(e){this.#e=e}get now(){return this.#t+Math.min(performance.now()-this.#o,5*this.#e)}advance(){let e=performance.now()-this.#o>5*this.#e;return this.#t=this.now,this.#o=performance.now(),e}},Dn=class{heardAt=0;probedAt=null;#e;constructor(e){this.#e=e}heard(e){this.heardAt=e,this.probedAt=null}probed(e){this.probedAt??=e}reset(){this.probedAt=null}verdict({welcomed:e,since:n},o,s){return e?this.probedAt!==null?o-this.probedAt>this.#e.probeTimeout?"dead":"alive":o-Math.max(this.heardAt,n)>s?"probe":"alive":o-n>this.#e.progressTimeout?"dead":"alive"}},Ct=class{#e;#t;#o;#n=null;constructor(e){this.#e=e.probeAfter/10,this.#t=new Rn(this.#e),this.#o=new Dn(e)}get now(){return this.#t.now}get heardAt(){return this.#o.heardAt}watch(e){this.#t.advance(),this.#n=setInterval(()=>e(this.#t.advance()),this.#e)}stop(){clearInterval(this.#n)}reset(){this.#o.reset()}heard(){this.#o.heard(this.now)}probed(){this.#o.probed(this.now)}verdict(e,n){return this.#o.verdict(e,this.now,n)}};var Ln=Object.freeze({backoffBase:250,backoffCap:3e4,progressTimeout:3e4,probeAfter:1e4,probeTimeout:1e4,openTimeout:1e4,firstUpgrade:2e3,upgradeInterval:6e4,pollPause:250,inheritInterval:1e4});function Tt(t,e=Math.random,{backoffBase:n,backoffCap:o}=Ln){return e()*Math.min(o,n*2**Math.min(t,60))}var Ka=5e3,Ga=3e4,Ya=/\breconnect after ([0-9]{1,9}) ms$/,rs=3,Va={4400:{action:"stop",status:"failed"},4401:{action:"stop",status:"unauthenticated"},4403:{action:"stop",status:"forbidden"},4408:{action:"resume"},4429:{action:"retry",minDelay:Ka}};function is(t,e="",n=!1){if(t===4401&&n)return{action:"resume"};let o=t===1001&&Ya.exec(e);return o?{action:"retry",minDelay:Math.min(Number(o[1]),Ga)}:Va[t]??{action:"retry"}}function as(t){return t===1001||t>=4400}function Xa(t){return t%rs===rs-1}var Mt=class{#e;#t;#o=0;#n=0;constructor(e,n){this.#e=e,this.#t=n}get prefersHttp(){return Xa(this.#n)}welcomed({http:e}){this.#o=0,e||(this.#n=0)}ended({http:e,blocked:n}){e?this.#n&&this.#n++:this.#n=n?this.#n+1:0}delay({action:e,minDelay:n=0},o,s){if(e==="resume"&&o)return 0;let r=Tt(this.#o++,this.#t,this.#e);return Math.max(r,n,s?.retryAfterMs??0)}};var At=class{resume=null;user=null;server=null;limits={};heartbeat=25*1e3;update({session_id:e,resume_token:n,user:o,server:s=null,limits:r,heartbeat_seconds:i}){this.resume={session_id:e,resume_token:n},Object.assign(this,{user:o,server:s,limits:r??{}}),this.heartbeat=(i||25)*1e3}forget(){this.resume=null}};var Ot=class{#e=null;#t=null;#o;#n;constructor(e,n){this.#o=e,this.#n=n}start(){this.#s(this.#o.firstUpgrade)}#s(e){clearTimeout(this.#t),this.#t=setTimeout(()=>this.#e=this.#n(),e)}failed(e){return e!==this.#e?!1:(this.#e=null,this.#s(this.#o.upgradeInterval),!0)}stop(){clearTimeout(this.#t);let e=this.#e;return this.#e=null,e}};var Rt=class{#e;#t;#o;#n;#s;#i;#r;#c;#a;#l;#u=new Set;#p=0;#d=!1;#m=null;#h=null;session=new At;constructor({transports:e,hello:n,requests:o,streams:s,onState:r,timing:i,random:c}){this.#e=e,this.#t=n,this.#o=o,this.#n=s,this.#s=i,this.#i=new St(r),this.#r=new Ct(i),this.#c=new Mt(i,c);let u=this.#r;this.#a=new Et({requests:o,streams:s,liveness:u,timing:i}),this.#l=new Ot(i,()=>this.#y(this.#g(!1))),this.wake=this.wake.bind(this)}get state(){return this.#i.current}start(){let e=this.#i.whenOnline();return this.#d||(this.#d=!0,globalThis.addEventListener?.("online",this.wake),this.#r.watch(n=>this.#E(n)),this.#$("connecting")),e}wake(){this.#m?this.#$("reconnecting"):this.#a.probe()}stop(e,{error:n,last:o}={}){let s=this.#a.take();this.#d=!1,this.#b(),this.#r.stop(),this.#l.stop(),globalThis.removeEventListener?.("online",this.wake);let r=[...this.#u].map(i=>(this.#w(i),i.close(i===s&&i.welcomed?o:void 0)));return this.#i.set({status:e,...n&&{error:n}}),Promise.all(r)}flush(){this.#a.flush()}refollow(){this.#a.refollow()}#$(e){this.#b(),this.#r.reset();let{primary:n,fallback:o}=this.#e,s=this.#g(!n||!!(o&&this.#c.prefersHttp));this.#a.connection=s,this.#_({status:e}),s.ended||this.#y(s)}#g(e){let{primary:n,fallback:o}=this.#e,s=e?o:n,r=this.#r,i=++this.#p,c=new vt({number:i,http:e,make:s,handler:this,liveness:r});return this.#u.add(c),c}#y(e){return e.open(),e}#b(){clearTimeout(this.#m),this.#m=null}#f(e,n,{code:o=1006,error:s}={}){if(e.ended||(this.#w(e,{repeat:o!==1009}),e.close(),this.#l.failed(e)))return;if(e!==this.#a.connection)return this.flush();this.#a.take(),this.#k();let r=!e.welcomed&&!as(o)&&!s;if(this.#c.ended({http:e.http,blocked:r}),n.action==="stop")return this.#x(n.status,s);let i=this.#c.delay(n,e.welcomed,s);this.#m=setTimeout(()=>this.#$("reconnecting"),i),this.#h=s??this.#h,this.#_({status:"reconnecting",retryAt:Date.now()+i})}#_(e){this.#i.set(this.#h?{...e,error:this.#h}:e)}#w(e,n){e.ended=!0,this.#u.delete(e),this.#a.forget(e),this.#o.connectionLost(e,n)}#k(){let e=this.#l.stop();e&&this.#f(e,{action:"retry"})}#x(e,n){let o=n??ss(e);e!=="unauthenticated"&&this.#o.failAll(o),this.stop(e,{error:o})}#v(e){this.#a.isDrained(e)&&this.#f(e,{action:"retry"})}hello({resume:e}){let n=this.#t(),o=e&&this.session.resume;return o?{...n,resume:{...o,...this.#n.resume()}}:n}onWelcome(e,n){let{user:o}=n,s=this.#S(e);this.session.update(n),this.#c.welcomed(e),this.#h=null,e.http&&this.#e.primary&&this.#l.start(),this.#o.assignUser(o.id),this.#i.set({status:"online",transport:e.transport,user:o}),this.#n.restore(o.id,n.streams??{}),this.flush(),s&&this.#v(s)}#S(e){let n=this.#a.connection;return e===n?null:(this.#l.stop(),this.#a.replace(e),n)}onRefusal(e,n){let o=n.kind==="unauthenticated",s={action:"stop",status:o?"unauthenticated":"failed"};this.#f(e,o||!n.retryable?s:{action:"retry"},{error:n})}onNotification(e,n,o){e===this.#a.connection&&this.#n.receive(n,o)}onReply(e,n){let o=this.#o.onReply(n,this.#r.now),s=n.error&&Ne(n.error);if(s?.kind==="unauthenticated")return this.onRefusal(e,s);o&&(this.flush(),this.#v(e))}onTransport(e,n){let{status:o,transport:s}=this.state;e!==this.#a.connection||o!=="online"||n!==s&&this.#i.set({...this.state,transport:n})}onEnd(e,n,o){let s=e.welcomed&&e.byCookie;this.#f(e,is(n,o,s),{code:n})}#E(e){let{now:n,heardAt:o}=this.#r;this.#o.expire(n,o,this.#s.progressTimeout);for(let r of this.#a.overdue())this.#f(r,{action:"retry"});this.flush();let s=this.#a.verdict(this.session.heartbeat);s==="dead"?this.#f(this.#a.connection,{action:"retry"}):(s==="probe"||e)&&this.#a.probe()}};var Ja=t=>yt(t)&&t!=="tool_execution",In=144*36e5,Lt=class{#e;#t;#o;#n=Promise.resolve();#s=new Map;#i=0;#r=new Set;constructor(e,n,o){this.#e=e,this.#t=n,this.#o=o}#c(e){let n=this.#n.then(e).catch(o=>this.#o(o));return this.#n=n,n}keep({method:e,params:n,user:o}){if(!this.#e||!Ja(e))return;let s=n.client_msg_id,r=this.#s.get(s)??(this.#i=Math.max(Date.now(),this.#i+1));this.#s.set(s,r);let i={server:this.#t,user:o,id:s,method:e,params:n,at:r};this.#c(()=>this.#e.put(i))}drop({params:e,user:n}){let o=e.client_msg_id;if(!this.#s.delete(o))return;this.#r.add(o);let s={server:this.#t,user:n,id:o};this.#c(()=>this.#e.remove(s)).then(()=>this.#r.delete(o))}async claim(e){return this.#a(await this.#c(()=>this.#e?.claim(this.#t,e)))}async inherit(e){return this.#a(await this.#c(()=>this.#e?.inherit?.(this.#t,e)))}#a(e=[]){let n=[];for(let o of e.sort((s,r)=>s.at-r.at))this.#r.has(o.id)||(Date.now()-o.at>In?this.#c(()=>this.#e.remove(o)):n.push(o));for(let{id:o,at:s}of n)this.#s.set(o,s);return n}settled(){return this.#n}};var Qa=500,Za=64,ec=200,It=class{#e=new Map;#t=new Set;#o;constructor(e=Qa){this.#o=e}apply({run:e,part:n,kind:o,off:s,text:r}){if(this.#t.has(e))return{off:s,added:"",gap:!1,changed:!1};let i=this.#n(e),c=i.get(n)??{part:n,kind:o,text:"",off:0},{part:u,added:d,gap:m}=os(c,{off:s,text:r}),f=!m&&o!==c.kind&&s+_t(r)>=c.off,h=!!d||f;return h&&i.set(n,f?{...u,kind:o}:u),{off:c.off,added:d,gap:m,changed:h}}sync(e,n){let o=[];for(let{part:s,kind:r,text:i}of n){if(!i.startsWith(this.#e.get(e)?.get(s)?.text??""))continue;let{added:c,off:u,changed:d}=this.apply({run:e,part:s,kind:r,off:0,text:i});d&&o.push({run:e,part:s,kind:r,off:u,text:c})}return o}parts(e){return[...this.#e.get(e)?.values()??[]].sort((n,o)=>n.part-o.part)}offsets(){let e=[...this.#e].slice(-Za),n=([o,s])=>[o,[...s.values()].map(({part:r,off:i})=>[r,i])];return Object.fromEntries(e.map(n).map(([o,s])=>[o,Object.fromEntries(s)]))}begin(e){this.#t.has(e)||this.#n(e)}knows(e){return this.#e.has(e)}hasEnded(e){return this.#t.has(e)}end(e){this.#e.delete(e),this.#t.add(e),this.#t.size>ec&&this.#t.delete(this.#t.values().next().value)}#n(e){return this.#e.has(e)||(this.#e.size>=this.#o&&this.#e.delete(this.#e.keys().next().value),this.#e.set(e,new Map)),this.#e.get(e)}};var Pn=2e3,Nn=["not_found","forbidden"],Ve=new Set(["run.completed","run.failed","run.cancelled","run.interrupted"]),tc={kind:"not_found",message:"The conversation is no longer followed"},Pt=class{#e;#t;#o=new Map;#n=new Map;#s=new Set;texts=new It;constructor(e,n){this.#e=e,this.#t=n}begin(e,n){return this.#o.has(e)||this.texts.hasEnded(e)?!1:(this.texts.begin(e),this.#o.set(e,n),!0)}delta(e){let n=this.#n.get(e.run);if(n){n.length<Pn&&n.push(e);return}let{added:o,gap:s,off:r,changed:i}=this.texts.apply(e);s?this.#i(e.run,[e]):i&&this.#e("delta",{...e,off:r,text:o})}sync(e,n){for(let o of this.texts.sync(e,n))this.#e("delta",o)}snapshot(e,n){for(let{run_id:s,parts:r}of n)this.begin(s,e),this.sync(s,r);let o=new Set(n.map(s=>s.run_id));for(let s of this.#a(e))o.has(s)||this.fetch(s)}fetch(e){this.#s.add(e),this.#i(e,[])}#i(e,n){if(this.#n.has(e))return;this.#n.set(e,n);let o=this.#s.has(e),s=r=>this.#r(r,o);this.#t("runs.get",{run_id:e},s).catch(r=>{this.#n.delete(e),Nn.includes(r.kind)&&this.#l(e)})}#r(e,n){let{run_id:o}=e,s=this.#n.get(o)??[];this.#n.delete(o),!this.texts.hasEnded(o)&&(this.sync(o,e.parts),e.status==="running"?s.forEach(r=>this.delta(r)):n&&this.#c(e),!n&&this.#s.has(o)&&this.#i(o,[]))}#c(e){this.#e("event",{stream:`room:${e.room_id}`,type:`run.${e.status}`,data:e}),this.end(e.run_id)}end(e){this.texts.end(e),this.#o.delete(e),this.#s.delete(e)}forgetRoom(e){for(let n of this.#a(e))this.#l(n)}#a(e){return[...this.#o].filter(([,n])=>n===e).map(([n])=>n)}#l(e){let n=this.#o.get(e);if(n===void 0)return;let s={...{run_id:e,room_id:n,status:"failed",error:tc},parts:this.texts.parts(e)};this.#e("event",{stream:`room:${n}`,type:"run.failed",data:s}),this.end(e)}};function cs(t,{epoch:e,events:n}){if(!n.length)return{events:[],cursor:t,gap:!1};let o={epoch:e,seq:n[n.length-1].seq};if(!t)return{events:n,cursor:o,gap:!1};if(t.epoch!==e)return{events:[],cursor:t,gap:!0};let s=n.filter(r=>r.seq>t.seq);return s.length?s[0].seq!==t.seq+1?{events:[],cursor:t,gap:!0}:{events:s,cursor:o,gap:!1}:{events:[],cursor:t,gap:!1}}var nc=1e3,Me=t=>`room:${t}`,qn=t=>t.startsWith("room:")?t.slice(5):null,Nt=class{#e;#t;#o;#n="";#s=new Map;#i=new Set;#r=new Map;constructor(e,n,o){this.#e=e,this.#t=n,this.#o=o,this.runs=new Pt(e,n)}resume(){let e=[...this.#s].filter(([o])=>!this.#r.has(o));return{cursors:Object.fromEntries(e.slice(-nc)),runs:this.runs.texts.offsets()}}followed(){let n=[this.#n,...[...this.#i].map(Me)].filter(o=>this.#s.has(o));return Object.fromEntries(n.map(o=>[o,this.#s.get(o)]))}restore(e,n){let o=this.#n;this.#n=`user:${e}`;for(let r of this.#s.keys())r.startsWith("user:")&&r!==this.#n&&this.#s.delete(r);let s=o!==""&&o!==this.#n;for(let[r,{recovered:i,epoch:c,seq:u}]of Object.entries(n)){let d=this.#s.has(r);(!d||!i)&&this.#s.set(r,{epoch:c,seq:u}),d&&!i&&r===this.#n&&(s=!0)}s&&this.#e("stale",{stream:this.#n}),this.#o();for(let r of[...this.#i]){let i=Me(r);!this.#r.has(i)&&!n[i]?.recovered&&this.#c(r)}}receive(e,n){e==="events"?this.#u(n):e==="delta"?this.runs.delta(n):e==="signal"?this.#e("signal",n):e==="streams"&&this.#d(n.streams)}accepted({run_id:e,room_id:n,epoch:o,seq:s}){let r=Me(n);this.#i.add(n);let i=this.#s.get(r);i||(this.#s.set(r,{epoch:o,seq:s}),this.#o()),!(e===null||!this.runs.begin(e,n)||!i)&&(i.epoch!==o||i.seq>s)&&this.runs.fetch(e)}async join(e){let n=Me(e);this.#i.add(e),this.#r.has(n)||this.#r.set(n,[]);let o=!1;try{return await this.#t("rooms.join",{room_id:e},s=>{o=!0,this.#a(e,s)})}catch(s){throw Nn.includes(s.kind)&&this.forget(e),s}finally{o||this.#l(n)}}forget(e){this.#i.delete(e),this.#s.delete(Me(e)),this.#o(),this.runs.forgetRoom(e)}#c(e){let n=Me(e);this.#r.has(n)||this.#r.set(n,[]),this.join(e).catch(()=>this.#e("stale",{stream:n}))}#a(e,n){let o=Me(e),s=this.#s.get(o);if(s?.epoch===n.epoch&&s.seq>n.seq)return this.#c(e);this.#i.has(e)&&(this.#s.set(o,{epoch:n.epoch,seq:n.seq}),this.#o(),this.#e("snapshot",{...n,room_id:e}),this.runs.snapshot(e,n.active_runs)),this.#l(o)}#l(e){let n=this.#r.get(e)??[];this.#r.delete(e);for(let o of n)this.#u(o)}#u(e){let{stream:n,epoch:o,events:s}=e,r=this.#r.get(n);if(r){r.length<Pn&&r.push(e);return}qn(n)&&this.#i.add(qn(n));let i=cs(this.#s.get(n),e);if(i.gap)return this.#m(n,{epoch:o,seq:s.at(-1).seq});i.cursor&&this.#s.set(n,i.cursor);for(let c of i.events)this.#p({stream:n,epoch:o,...c})}#p(e){let{type:n,data:o}=e;n==="run.started"&&this.runs.begin(o.run_id,o.room_id),Ve.has(n)&&this.runs.sync(o.run_id,o.parts),this.#e("event",e),Ve.has(n)&&this.runs.end(o.run_id),n==="room.deleted"&&this.forget(o.room_id)}#d(e){for(let[n,{recovered:o,epoch:s,seq:r}]of Object.entries(e)){let i=this.#s.get(n),c=i?.epoch===s&&i.seq===r;!o&&!c&&this.#m(n,{epoch:s,seq:r})}}#m(e,n){let o=qn(e);if(o&&this.#i.has(o)){this.#r.has(e)||this.#c(o);return}this.#s.set(e,n),this.#e("stale",{stream:e})}};var qt=class{retryMs=0;#e="";#t={data:[]};push(e){let n=(this.#e+e).split(/\r\n|\n|\r(?!$)/);return this.#e=n.pop(),n.map(o=>this.#o(o)).filter(Boolean)}#o(e){if(e===""){let{data:s,...r}=this.#t;return this.#t={data:[]},s.length?{...r,data:s.join(`
`)}:null}let[,n,o]=/^([^:]*):? ?(.*)$/s.exec(e);return n==="data"?this.#t.data.push(o):n==="id"||n==="event"?this.#t[n]=o:n==="retry"&&/^\d{1,9}$/.test(o)&&(this.retryMs=Math.min(Number(o),3e4)),null}};var oc=3,ls=25,sc=2e3,rc=100,us=(t,e)=>new Promise(n=>{let o=()=>{clearTimeout(s),e.removeEventListener("abort",o),n()},s=setTimeout(o,t);e.addEventListener("abort",o)}),Ft=class{transport="sse";#e;#t=null;#o=new AbortController;#n=null;#s="";#i="";#r=0;constructor({base:e,fetch:n,headers:o,timing:s,onTransport:r}){this.#e={base:e,fetch:n,headers:o,timing:s,onTransport:r}}open(e){this.#t=e,queueMicrotask(()=>this.#t?.opened())}send(e){this.#c(e,{signal:this.#o.signal}).then(n=>n&&this.#t?.frame(n)).catch(()=>this.#a())}async#c(e,n){let{base:o,fetch:s,headers:r}=this.#e,i=await s(new URL("api/rpc",o),{method:"POST",headers:{"content-type":"application/json",...r()},body:e,...n});if(i.status===204)return null;let c=await i.json();if(!(Array.isArray(c)?c[0]:c)?.jsonrpc)throw new TypeError("not a reply");return c}#a(e=1006){let n=this.#t;this.#t=null,this.#n?.abort(),this.#o.abort(),n?.ended(e)}follow(e){let n=Object.entries(e).slice(-rc),o=n.map(([s])=>s);o.join()===this.#s||!this.#t||(this.#s=o.join(),this.#i=n.map(([,{epoch:s,seq:r}])=>`${s}:${r}`).join(),this.#n?.abort(),o.length&&(this.#n=new AbortController,this.#l(o,this.#n.signal)))}async#l(e,n){let{timing:o}=this.#e;for(let s=0;s<=oc&&!n.aborted;){let r=this.transport==="sse",i=await(r?this.#p(e,n):this.#m(e,n));if(n.aborted)return;if(i||(this.transport="poll"),s=i?0:s+1,s||r){let c=Math.max(Tt(s,Math.random,o),this.#r);this.#r=0,await us(c,n)}}n.aborted||this.#a()}async#u(e,n,o={}){let{base:s,fetch:r,headers:i}=this.#e,c=new URL("api/events",s),u=e.map(h=>["stream",h]);c.search=new URLSearchParams([...u,...Object.entries(o)]);let d={"last-event-id":this.#i,...i()},m=await r(c,{headers:d,signal:n,cache:"no-store"});if(!m.ok&&m.headers.get("content-type")?.includes("json")&&!n.aborted&&this.#a(),!m.ok)throw new TypeError("no events");return m}async#p(e,n){let o=new AbortController,s=this.#e.timing.progressTimeout,r=setTimeout(()=>o.abort(),s),i=!1,c=new qt;try{let u=AbortSignal.any([n,o.signal]),d=await this.#u(e,u),m=new TextDecoder;for(let f=d.body.getReader();;){let{done:h,value:p}=await f.read();if(h||n.aborted)return i;i||this.#e.onTransport("sse"),i=!0,clearTimeout(r),r=setTimeout(()=>o.abort(),s),this.#d(c.push(m.decode(p,{stream:!0})),n)}}catch{return i}finally{clearTimeout(r),this.#r=c.retryMs}}#d(e,n){e.length||this.#t?.frame(null);for(let{id:o,data:s}of e){if(n.aborted)return;let r=JSON.parse(s);this.#i=o??this.#i,this.#t?.frame(r)}}async#m(e,n){let{timing:o,onTransport:s}=this.#e,r=AbortSignal.timeout(ls*1e3+o.progressTimeout);try{let i=AbortSignal.any([n,r]),c=await this.#u(e,i,{wait:String(ls)}),{streams:u,frames:d,last_id:m}=await c.json();if(n.aborted)return!0;s("poll");let f=this.#i;this.#i=m,this.#t?.frame({method:"streams",params:{streams:u}});for(let h of d)n.aborted||this.#t?.frame(h);return m===f&&d.length&&await us(o.pollPause,n),!0}catch{return!1}}async close(e){let n=this.#t!==null;if(this.#a(1006),!e||!n)return;let o=AbortSignal.timeout(sc);await this.#c(e,{signal:o,keepalive:!0}).catch(()=>{})}};var ic="basicchat",Fn="queue",ac=2e3,ds=({owner:t,...e})=>e,ms=t=>`basicchat-queue-${t}`;function Xe(t){return new Promise((e,n)=>{t.onsuccess=()=>e(t.result),t.onerror=()=>n(t.error)})}var Ut=class{#e=oe();#t=null;#o=null;#n=()=>{};#s=!1;async#i(){return this.#t??=this.#r(),await(this.#o??=this.#c()),this.#t}#r(){let e=indexedDB.open(ic,1);return e.onupgradeneeded=()=>e.result.createObjectStore(Fn,{keyPath:["server","user","id"]}),Xe(e).then(n=>(n.onversionchange=()=>n.close(),n))}#c(){return navigator.locks?new Promise((e,n)=>{let o=new Promise(s=>this.#n=s);navigator.locks.request(ms(this.#e),()=>(e(),o)).catch(n)}):Promise.resolve()}async#a(e,n){let s=(await this.#i()).transaction(Fn,e,{durability:"relaxed"}),r=new Promise((c,u)=>{s.oncomplete=c,s.onabort=()=>u(s.error)}),i=await n(s.objectStore(Fn));return await r,i}async put(e){await this.#a("readwrite",async n=>{await Xe(n.count())<ac&&n.put({...e,owner:this.#e})})}async remove({server:e,user:n,id:o}){await this.#a("readwrite",s=>s.delete([e,n,o]))}async claim(e,n){this.#s||await this.#u();let{own:o,left:s}=await this.#l(e,n);return[...o,...s].map(ds)}async inherit(e,n){return navigator.locks?(await this.#l(e,n)).left.map(ds):[]}async#l(e,n){let o=IDBKeyRange.bound([e,n],[e,n,[]]),s=await this.#a("readonly",c=>Xe(c.getAll(o))),r=s.filter(c=>c.owner===this.#e),i=[];for(let c of new Set(s.map(u=>u.owner)))c!==this.#e&&i.push(...await this.#p(c,o));return{own:r,left:i}}async#u(){this.#s=!0,await this.#a("readwrite",async e=>{for(let{server:n,user:o,id:s,at:r}of await Xe(e.getAll()))Date.now()-r>In&&e.delete([n,o,s])})}#p(e,n){let o=()=>this.#d(e,n);if(!navigator.locks)return o();let s={ifAvailable:!0};return navigator.locks.request(ms(e),s,r=>r?o():[])}#d(e,n){return this.#a("readwrite",async o=>{let s=(await Xe(o.getAll(n))).filter(r=>r.owner===e);for(let r of s)o.put({...r,owner:this.#e});return s})}async close(){let e=this.#t;this.#t=this.#o=null,this.#n(),(await e?.catch(()=>null))?.close()}};var cc="basicchat.v1",Bt=class{transport="websocket";#e;#t=null;#o=null;#n=null;constructor({base:e,WebSocket:n,openTimeout:o}){this.#e={base:e,WebSocket:n,openTimeout:o}}open(e){let{base:n,WebSocket:o,openTimeout:s}=this.#e;this.#n=e.ended;let r=new URL("ws",n);r.protocol=r.protocol.replace("http","ws");try{this.#t=new o(r.href,[cc])}catch{return queueMicrotask(()=>this.#i(1006))}this.#o=setTimeout(()=>this.close(),s),this.#t.onopen=()=>{clearTimeout(this.#o),this.#n&&e.opened()},this.#t.onmessage=({data:i})=>this.#s(i,e),this.#t.onerror=()=>{},this.#t.onclose=({code:i,reason:c})=>this.#i(i,c)}#s(e,n){if(!this.#n)return;let o;try{o=JSON.parse(e)}catch{return this.close()}n.frame(o)}#i(e,n){clearTimeout(this.#o);let o=this.#n;this.#n=null,o?.(e,n)}send(e){this.#t.send(e)}follow(){}async close(e){e&&this.#t?.readyState===1&&this.#t.send(e),this.#t?.close(1e3),this.#i(1006)}};var lc="http://127.0.0.1:8765";function ps(t=globalThis.location?.origin??lc){return new URL(t.replace(/^ws/,"http").replace(/\/*$/,"/"))}var fs=()=>globalThis.indexedDB?new Ut:null;function hs({base:t,WebSocket:e,fetch:n,timing:o,authorization:s}){if(!e&&!n)throw new TypeError("Every transport is disabled: pass WebSocket or fetch");let r=()=>({"x-basicchat":"1",...s()});return{primary:e?()=>new Bt({base:t,WebSocket:e,openTimeout:o.openTimeout}):null,fallback:n?u=>new Ft({base:t,fetch:n,headers:r,timing:o,onTransport:u}):null}}var uc=1<<20,dc=new Set(["typing.set","presence.set"]),Je=class{#e;#t=new xt;#o;#n;#s;#i;#r;#c;constructor({url:e,token:n,name:o="javascript",version:s="1",timing:r,random:i,...c}={}){this.#e={base:ps(e),token:n,client:{name:o,version:s},WebSocket:"WebSocket"in c?c.WebSocket:globalThis.WebSocket,fetch:"fetch"in c?c.fetch:(...m)=>globalThis.fetch(...m),timing:{...Ln,...r}},this.#s="queue"in c?c.queue:fs(),this.#o=new Lt(this.#s,this.#e.base.href,m=>{console.warn("Requests waiting to be sent are not stored:",m)}),this.#i=new wt(this.#o);let u=(m,f)=>this.#t.emit(m,f),d=()=>this.#r.refollow();this.#c=new Nt(u,(...m)=>this.#l(...m),d),this.#r=new Rt({transports:hs({...this.#e,authorization:()=>this.authorization()}),hello:()=>this.#m(),requests:this.#i,streams:this.#c,onState:m=>this.#p(m),timing:this.#e.timing,random:i??Math.random}),this.wake=this.#r.wake}get state(){return this.#r.state}get user(){return this.#r.session.user}get server(){return this.#r.session.server}get limits(){return this.#r.session.limits}async connect(){return await this.#r.start(),this}async authenticate(e){return this.#e.token=e,this.#r.stop("connecting"),this.#r.session.forget(),this.connect()}async close(){let e=qe("close","session.close",{}),n=this.#r.stop("closed",{last:e});this.#r.session.forget();let o=new N("The client was closed",{kind:"closed"});this.#i.failAll(o,{kept:!0}),await n,await this.#o.settled(),await this.#s?.close?.()}async call(e,n={}){return dc.has(e)&&this.state.status!=="online"?null:this.#l(e,n,this.#a)}#a=e=>{e?.epoch&&e.run_id!==void 0&&this.#c.accepted(e)};async#l(e,n,o){let s=Fe(this.state);if(s&&this.state.status!=="unauthenticated")throw s;let r=this.#u(e,n,o,this.user?.id??null);return this.#r.flush(),r.queued=r.sentOn===null,r.reply}#u(e,n,o,s){let r=this.limits.max_frame_bytes??uc;return this.#i.add(e,n,{maxBytes:r,onResult:o,user:s})}async sendQuery(e,n,o){return this.call("query",$s(e,n,o))}async*streamQuery(e,n,o){let s=new Ye(this.#t,["delta","event","state"]);try{let r=await this.call("stream_request",$s(e,n,o));for(yield{type:"accepted",...r};r.run_id!==null;){let[i,c]=await s.next(),u=i==="state"&&Fe(c);if(u)throw u;if((c.run??c.data?.run_id)===r.run_id&&(yield i==="delta"?{type:"delta",...c}:c,Ve.has(c.type)))return}}finally{s.end()}}async sendMessage({type:e,method:n=e??"stream_request",...o}){return this.call(n,o)}async join(e){return this.#c.join(e)}async leave(e){this.#c.forget(e);try{return await this.call("rooms.leave",{room_id:e})}finally{this.#c.forget(e)}}async typing(e,n=!0){return this.call("typing.set",{room_id:e,typing:n})}on(e,n){return this.#t.on(e,n)}async*events(...e){let n=e.length?e:kt,o=new Ye(this.#t,[...n,"state"]);try{for(;;){let[s,r]=await o.next();n.includes(s)&&(yield[s,r]);let i=s==="state"&&Fe(r);if(i?.kind==="closed")return;if(i)throw i}}finally{o.end()}}parts(e){return this.#c.runs.texts.parts(e)}authorization(){let{token:e}=this.#e;return e?{authorization:`Bearer ${e}`}:{}}#p(e){if(this.#t.emit("state",e),clearInterval(this.#n),e.status!=="online")return;let n=e.user.id;this.#d(n,this.#o.claim(n));let o=()=>this.#d(n,this.#o.inherit(n));this.#n=setInterval(o,this.#e.timing.inheritInterval),this.#n.unref?.()}async#d(e,n){for(let{id:o,method:s,params:r}of await n)if(!(this.#i.has(o)||this.user?.id!==e))try{let i=this.#u(s,r,this.#a,e);i.queued=!0;let c=i.reply;c.catch(()=>{}),this.#t.emit("restored",{method:s,params:i.params,reply:c})}catch(i){if(!(i instanceof N))throw i}this.#r.flush()}#m(){let{client:e,token:n}=this.#e;return n?{client:e,token:n}:{client:e}}};function $s(t,e,n){let o=typeof e=="object"?e:{...n,reasoningMode:e},s={query:t,reasoning_mode:o?.reasoningMode??"auto",room_id:o?.roomId,model:o?.model,document_ids:o?.documentIds,client_msg_id:o?.clientMsgId};return Object.fromEntries(Object.entries(s).filter(([,r])=>r!=null))}function Un(t){let e=!1;return()=>{if(e)return;e=!0;let{port1:n,port2:o}=new MessageChannel;n.onmessage=()=>{n.close(),e=!1,t()},o.postMessage(null)}}function fe(t){if(globalThis.requestIdleCallback){let n=requestIdleCallback(()=>t(),{timeout:2e3});return()=>cancelIdleCallback(n)}let e=setTimeout(t,200);return()=>clearTimeout(e)}var pe=[];function jt(t){return pe.push(t)===1&&ys(gs),()=>{let e=pe.indexOf(t);e>=0&&(pe[e]=null)}}function gs(){for(;pe.length&&!pe[0];)pe.shift();try{pe[0]?.()}finally{pe.shift(),pe.length&&ys(gs)}}function ys(t){let e=Un(t);if(!globalThis.requestAnimationFrame||document.hidden)return void setTimeout(e,0);requestAnimationFrame(e)}function Ae(t,e){try{return JSON.parse(localStorage.getItem(t))??e}catch{return e}}function Oe(t,e){try{e===null?localStorage.removeItem(t):localStorage.setItem(t,JSON.stringify(e))}catch{}}function Bn(){try{let t=["basicchat.theme","basicchat.language","basicchat.chosen"];for(let e of Object.keys(localStorage))e.startsWith("basicchat.")&&!t.includes(e)&&localStorage.removeItem(e);sessionStorage.clear()}catch{}}var jn=["Add","Cancel","Close","Connecting…","Copied","Copy","Delete","Dismiss","Done","Edit","Leave","Loading…","Name","Password","At least 8 characters.","Reload","Remove","Rename","Revoke","Role","Stop","Try again","(you)",", "," · ","{first} and {last}",{B:"{n} B",kB:"{n} kB",MB:"{n} MB",GB:"{n} GB"},{ms:"{n} ms",s:"{n} s"},{one:"{count} day",other:"{count} days"},{one:"{count} year",other:"{count} years"},{one:"{count} person",other:"{count} people"},"page {page}","line {line}","lines {first}–{last}",{owner:"Owner",admin:"Administrator",member:"Member",guest:"Guest"},{guest:"Can join rooms by invitation.",member:"Can create rooms, add documents and invite guests.",admin:"Can also manage members and guests.",owner:"Has full control of this server."},"Role of {name}",{owner:"Owner",member:"Member",viewer:"Viewer"},{read:"read",write:"write",admin:"administer"},"Assistant",{},{timeout:"The server may be busy. Try again.",connection_lost:"Try again when you are back online.",forbidden:"Ask an owner or administrator for access.",rate_limited:"Wait a moment, then try again.",upstream_unavailable:"Check that the model server is running, then try again.",not_found:"It may have been deleted.",too_large:"Shorten it, then try again.",storage_full:"Ask an administrator to free space on the server, then try again."},"Something went wrong","Could not reach the server","The server responded with status {status}","Try again in {seconds} s.","You can try again now.",{page:"BasicChat cannot be displayed because of an error in this page",view:"This view cannot be displayed because of an error in this page",message:"This message cannot be displayed because of an error in this page"},"No data was lost. Try again, or reload the page.",{rooms:"Could not load your conversations.",documents:"Could not load your documents.",tasks:"Could not load your tasks.",models:"Could not load the models."},"{room} · BasicChat","({count}) {title}","Skip to conversation","Drop files to add them to your documents","Drop files to add them to this collection",{account:"Your account",admin:"Administration",connect:"Connect other programs",library:"Library"},"Open the menu","Search in this conversation","Invite","Members: {count}, {here} online","Conversations","Close the menu","New chat","New room","Search",{apple:"⌘ K",pc:"Ctrl K"},"Account and settings",{light:"Use the light theme",dark:"Use the dark theme"},{ollama:"Ollama",openai_compatible:"OpenAI-compatible server",llamacpp:"llama.cpp",extractive:"Quotes only, no model"},"A room is a conversation with other people. You can invite them once you have created it.","Create","Online","Online, over HTTP","Offline","Offline, {count} waiting","Connecting…","Connection lost. Your messages will be sent when you are back online.",{one:"Connection lost. {count} message will be sent when you are back online.",other:"Connection lost. {count} messages will be sent when you are back online."},{failed:"This page is not compatible with the server. Reload it to continue.",forbidden:"You do not have access to this server.",closed:"You are logged out."},"Retrying in {seconds} s","Retrying…","Retry now","The server cannot reach its database. You can read what is shown; messages can be sent again when it is back.","Other servers cannot be reached. Messages from people on them arrive later.","WebSocket is blocked, using HTTP.","Everything works, but a little slower.","Your conversations","Loading your conversations…","No conversations yet. Ask a question to start one.","No rooms yet. Rooms you are invited to appear here.","Shared room:","Untitled","(draft)","Draft","{count} unread","99+","Actions for {name}","Rename conversation","Delete this conversation?","“{name}” will be permanently deleted. Your documents are kept.","“{name}” and all its messages will be permanently deleted for all {count} members.","Leave this room?","You will no longer have access to “{name}” unless someone invites you again.","You left the room.","Ask your own documents","Answers come with links to their sources. Your documents stay on this server.","Welcome, {name}","You are a guest on this server. Choose one of your rooms to join the conversation.","You are a guest on this server. Rooms you are invited to appear in the menu.","Drop documents anywhere on this page","Add your first documents","PDF, office files, e-mail, web pages, Markdown, text and more","Choose files",{one:"{count} document ready",other:"{count} documents ready"},"{count} being processed","{count} unreadable","Use words that you expect to find in the text, for example “What is the notice period of the lease?” The passages that match best are quoted.","Then ask, for example","Try asking","What are the main points?","Which dates and deadlines are mentioned?","What does it say about costs?","Which numbers matter most, and why?","What are the main points of “{title}”?","Which dates and deadlines does “{title}” mention?","What do “{title}” and “{other}” have in common?","Latest","You can read this room, but you cannot write in it.","Everyone in this room sees your messages. Mention `@assistant` to ask the assistant.","Answers can be wrong. Check their sources.","No language model is connected, so answers are quotes from your documents.","How to get written answers","{name}: {text}","The answer failed. {message}","Answer stopped.","Answer complete: {text}",{one:"Answer complete, with {count} source: {text}",other:"Answer complete, with {count} sources: {text}"},{one:"is typing…",other:"are typing…"},"Several people","Conversation","This conversation is not available","It was deleted, or you are not a member.","Loading the conversation…","Waiting for the connection…","Show earlier messages","No messages yet.","No one else is here yet. Invite people, or ask the assistant.","Seen by {names}","This message is no longer available.","Ask a question","Write a message","Your question","Your message","Ask your documents…","Write, or ask @assistant…","Ask the assistant","Also use my own documents for this question","Everyone here will see what the answer quotes from your own documents.","Only from {name}",{one:"Only from {count} document",other:"Only from {count} documents"},"Use all documents again","Mode","{mode}, this question only","Model","Loaded","Send","Send (Enter)","Stop the answer","Stop (Esc)","Mention someone","Answers in this room",{one:"{count} suggestion. Use the arrow keys to choose.",other:"{count} suggestions. Use the arrow keys to choose."},"You","{name}, deleted","You deleted this message.","A message from {name} was deleted.","edited","Actions for this message","Previous version","Next version","Version {index} of {count}","Copied.","Delete this message?","Its text will be permanently removed for everyone.","Sending…","Will be sent when you are back online.","Send again","Discard","Edit your message","Save","Save only","Save and answer again","Answer","Answer in progress","Deleted answer","This answer was deleted.","to you","to {name}","Previous answer","Next answer","Answer {index} of {count}","{index}/{count}","Thinking…","Starting…","The answer is complete, but could not be stored yet.","Steps and reasoning","No steps or reasoning were recorded.",{search:"Search: {detail}",tool:"Tool: {detail}"},"Arguments","Result","No result.","Only the person who asked can see this result.","failed",{once:"approved",conversation:"approved in this conversation",always:"always approved",remembered:"approved earlier",denied:"not approved",expired:"not approved in time"},"The assistant wants to use “{title}”","The assistant wants to use “{title}” of {server}",{once:"Once",conversation:"In this conversation",always:"Always",deny:"Deny"},{one:"{count} more character is not shown.",other:"{count} more characters are not shown."},"Waiting for the person who asked to approve this.","Approved tools","The assistant uses these without asking you, until they change.","No approved tools.","Revoke the approval of {title}","in “{room}”","one conversation","in all conversations",{plan:"Plan",notes:"Research",outline:"Outline",section:"Report"},"Progress of the answer","The server stopped while this answer was being written. The text so far is kept.","You stopped this answer.","This answer was stopped.","Continue","Start over","Answer again","from an earlier answer, {time}","Good answer","Bad answer","{label} ({count})","Copy the answer","Actions for this answer","Delete this answer?","Its text will be permanently removed for everyone. Other answers to the question are kept.",{one:"{count} token",other:"{count} tokens"},"Sources","Source {n}","No source supports this citation",{one:"{count} citation is not supported by the sources.",other:"{count} citations are not supported by the sources."},"text","Download the original","All documents","Sources of this answer","Quoted passage","Source {n}: {title}","This document is no longer available","It was deleted after this answer was written.","You do not have access to this document","It belongs to {name}. Only the passage quoted in the answer is shared with you.","It belongs to someone else. Only the passage quoted in the answer is shared with you.","Quoted in the answer","Loading the document…","Show earlier text","Show later text","Documents","Add documents","or drop files and folders on this page,","up to {size} each","Loading your documents…","No documents yet. You can ask about documents you add here in every conversation.","Delete {title}","Delete this document?","“{title}” and its search index will be deleted. Answers that cite it are kept, but can no longer open it.","This document could not be read. Delete it and try another file.","Queued","Processing","Indexing {title}",{pages_without_text:{one:"Page {pages} contains no text and cannot be searched. Scanned pages need text recognition (OCR) first.",other:"{count} pages contain no text and cannot be searched ({pages}). Scanned pages need text recognition (OCR) first."},embedding_incomplete:{one:"A passage was too long for the embedding model {model} and was shortened. All words are found; what was cut off is not found by meaning.",other:"{count} passages were too long for the embedding model {model} and were shortened. All words are found; what was cut off is not found by meaning."}},{one:"{count} page",other:"{count} pages"},"Library","Collections",{own:"Yours",shared:"Shared with you",rooms:"Rooms"},"{group}: {name}","Your documents","New collection","A collection holds documents that you can share with people and rooms.","Create collection","Actions for {name}","Rename this collection","Delete collection","Delete “{name}”?",{one:"The collection and its {count} document will be permanently deleted, for everyone with access.",other:"The collection and its {count} documents will be permanently deleted, for everyone with access."},"View only","This collection does not exist, or is not shared with you.","You can only view this collection, so nothing was added.","or drop or paste files here,","No documents here yet.","Find by title or tag","Sort by",{newest:"Newest first",oldest:"Oldest first",name:"Name",size:"Size",status:"Status"},{one:"{count} document",other:"{count} documents"},"Show more","Ask only these","Ask","Ask only the documents of {name}","Share","Share “{name}”","People and rooms with access","Everyone",{viewer:"Viewer",editor:"Editor",owner:"Owner"},{viewer:"Viewers can read the documents and ask about them.",editor:"Editors can also add, change and delete documents.",owner:"Owners can also share, rename and delete the collection."},"Add a person, a room or everyone","Remove the access of {name}","Nobody else with this name.","Select {title}","Select all","Selected documents",{one:"{count} selected",other:"{count} selected"},"Add tags",{one:"Delete {count} document",other:"Delete {count} documents"},{one:"Delete {count} document?",other:"Delete {count} documents?"},{one:"The document and its search index will be permanently deleted, for everyone with access.",other:"The {count} documents and their search indexes will be permanently deleted, for everyone with access."},"Retry","Retry {title}","Actions for {title}","Rename this document","Title","Edit tags","Tags","Tags of {title}","Separated by commas.","Show only documents with a tag","Save","Move",{one:"Move this document",other:"Move {count} documents"},"To","People with access to the other collection will be able to see it.","There is no other collection that you can add documents to.",{waiting:"Waiting",uploading:"Uploading",accepted:"Uploaded",duplicate:"Already in your documents",present:"Already in this collection"},"Uploading {name}","Retry {name}","Dismiss {name}","Files of type {suffix} are not supported. PDF, office files, e-mail, web pages and text are.","Files without an extension are not supported. Add the one that fits, such as .txt, and try again.","This file is empty. Choose another one.","This file is too large ({size}; the limit is {limit}). Split it and upload the parts.","The connection was lost during the upload. Try again.","The server rejected this file (status {status})","Tasks","No tasks. Documents that are being indexed and answers that take minutes are listed here.",{ingest:"Indexing",run:"Answer"},{pending:"Waiting",running:"In progress",completed:"Done",failed:"Failed",cancelled:"Stopped"},"Progress of {name}","Stop {name}","Members",{one:"{count} member",other:"{count} members"},{online:"Online",away:"Away",offline:"Offline"},"Actions for {name}","Remove from the room","Remove {name}?","{name} will lose access to this room. Their messages are kept.","Invite people","Add someone","as","People on this server","Add {name}","No one found. They may already be in this room.","Search","Search messages, conversations and documents","Messages","Only in “{room}”","Searching…","Enter words from a message, or from the name of a conversation or document. The last one may be incomplete.",{one:"{count} result",other:"{count} results"},{one:"More than {count} result",other:"More than {count} results"},"Nothing found for “{query}”.","No message contains exactly these words. Messages with similar words are shown.","In documents","Results","Show more","Log in to BasicChat","Log in","Logging in…","Continue with {name}","or",{"login-lapsed":"This login link has expired or was already used","sso-failed":"Single sign-on failed","sso-refused":"You signed in, but you do not have access to this server"},{"login-lapsed":"Create a new one with `basicchat login`.","sso-failed":"Try again, or ask an administrator.","sso-refused":"Ask an administrator for access."},"You no longer have access to this server","Your account is suspended. Ask an administrator.","You were logged out","Log in again to continue.","Log in with a link or a token","Open the login link that `basicchat serve` printed when it started. It works once; `basicchat login` prints a new one.","Or paste the link or token here","Continue","This token is invalid or has expired","Create a new one with `basicchat token`.","You have been invited","This invitation is no longer valid","Loading the invitation…","This invitation creates an account, but you already have one.","Not now","Join","Someone","{inviter} invited you to the room “{room}”.","{inviter} invited you to this server.",{guest:"You will join as a guest: you can join rooms by invitation.",member:"You will join as a member: you can create rooms, add documents and invite guests.",admin:"You will join as an administrator: you can also manage members and guests.",owner:"You will join as an owner: you have full control of this server."},"Log in instead","Your name","You log in with this name, and others see it.","Choose a password","I already have an account","Your account","{role}. {hint}","For programs that act on your behalf. A key is shown only once, when it is created.","Current password","Leave this empty if you have no password yet, for example because you log in with a link or single sign-on.","New password","New password again","The new passwords do not match","Change password","Your password has been changed. You were logged out on all other devices.","Sessions","Log out","Log out everywhere","Log out everywhere?","You will be logged out on all your devices, including this one. API keys keep working.","API keys","API keys of {name}","Loading keys…","No API keys yet.","New key","New API key","New API key for {name}","Revoke {label}","Revoke “{label}”?","Programs that use this key stop working immediately, and their running requests are cancelled.","can {scopes}","created {date}","expires {date}","last used {date}","never used","Purpose","For example, backup script","Permissions",{read:"Read",write:"Write, ask and upload",admin:"Administer this server"},"Expires after","Never","Create key","Your new API key","New API key for {name}","Copy it now: it is shown only once. Anyone who has it can act as you.","Copy it now: it is shown only once. Anyone who has it can act as {name}.","Key","Invite by link","Expires after","Can be used by","Create link","Link","Invitation to this room","Anyone with this link can join the room. People without an account join as guests. Copy it now: it is shown only once.","People without an account can use the link too. Everyone who joins sees all earlier messages in “{room}”.","Join as",{member:"Member: can read and write",viewer:"Viewer: can only read"},"Invitation to this server","Anyone with this link can create an account on this server. Copy it now: it is shown only once.","Join as","Administration","Only owners and administrators can manage this server.",{people:"People",invitations:"Invitations"},"Users","Add a user","Find a user","Loading users…",{one:"{count} user",other:"{count} users"},"joined {date}","no password","Suspended","Actions for {name}","Suspend","Suspend {name}?","{name} is logged out on all devices immediately and cannot log in until you resume the account. Nothing is deleted.","{name} has been suspended.","Resume","{name} can log in again.","Delete {name}?","The account is deleted together with its documents, its API keys and all rooms without other members. What {name} wrote in other rooms is kept. This cannot be undone.","{name} has been deleted.","{name} has been logged out.","They log in with this name, and others see it.","Leave this empty to generate one.","{name} has been added","{name} has been added.","Give this password to {name}. It is shown only once; they can change it under “Your account”.","Reset password","Reset the password of {name}?","A new password is generated and shown to you once. {name} is logged out on all devices.","Reset password","New password for {name}","Give it to {name}. It is shown only once. The old password no longer works, and {name} has been logged out on all devices.","Loading invitations…","No open invitations.","{role}, in “{room}” as {roomRole}","by {name}","someone","a room",{one:"{count} use left",other:"{count} uses left"},"expires {date}","Withdraw","Withdraw this invitation?","The link stops working. People who joined with it stay.","Connect other programs","Claude, Cursor, VS Code and other clients of the Model Context Protocol (MCP) can search and read your documents and conversations, and ask questions. A client sees only what you can see.","Server address","Enter this URL where a client asks for the address of a server or connector. The client then opens a page where you log in and approve it.","Server URL","Client configuration","Client","Operating system",{darwin:"macOS",win32:"Windows",linux:"Linux"},"Connection",{remote:"Over the network",local:"On the same machine"},"Add this to `{file}`:","Configuration for {client}","Or let BasicChat do it. Run this on the client's machine:","Command","{client} does not accept a URL in its configuration. Create an API key in your account, then run this on the client's machine, where BasicChat must be installed. It adds a program that connects {client} to this server:","Connectors that you add in the client's own settings connect from its vendor's servers. They need an HTTPS address that is reachable from the internet.","Connectors that you add in the client's own settings connect from its vendor's servers. They need an HTTPS address that is reachable from the internet, which this one is not.","Copy: {label}","Connected apps","No connected apps.","connected {date}","Disconnect","Disconnect {name}","Disconnect “{name}”?","The app loses access immediately, and its running requests are cancelled. It can ask you for access again."];var bs={en:{direction:"ltr",load:()=>jn}},_s="en",zn=[],Wn,zt,ws,vs,ks;Ss(_s,jn);async function xs(){let e=[Ae("basicchat.language",""),...Ts()].map(Ms).find(s=>Object.hasOwn(bs,s))??_s,{direction:n,load:o}=bs[e];Ss(e,await o()),Object.assign(document.documentElement,{lang:e,dir:n})}var a=(t,e)=>Es(Wn[t],e);function S(t,e,n){let o=Wn[t];return Object.hasOwn(o,e)?Es(o[e],n):void 0}function Hn(t,e){let n={minimumFractionDigits:e,maximumFractionDigits:e};return(ks[e]??=Cs(n)).format(t)}function Ue(t){let e=null,n=o=>(e??=new Intl.DateTimeFormat(zt,t)).format(new Date(o));return zn.push(n),n}function Kn(t=0){t<zn.length&&fe(()=>{zn[t]("2000-01-01T00:00:00Z"),Kn(t+1)})}function Ss(t,e){Wn=e,zt=Ts().find(n=>Ms(n)===t)??t,ws=new Intl.PluralRules(zt),vs=Cs(),ks={}}function Es(t,e){if(!e)return t;let n=t.other&&ws.select(e.count);return(n?t[n]??t.other:t).replace(/\{(\w+)\}/g,(s,r)=>mc(e[r]))}var mc=t=>typeof t=="number"?vs.format(t):t;function Cs(t){return new Intl.NumberFormat(zt,{useGrouping:"min2",...t})}function Ts(){return globalThis.navigator?.languages??[]}function Ms(t){return t.toLowerCase().split("-")[0]}async function Qe(t,e={},n={}){return Os(t,{method:"POST",headers:{"content-type":"application/json","X-BasicChat":"1",...n},body:JSON.stringify(e)})}var As=t=>Os(t,{});function pc({code:t,message:e,data:n={}}){let{retry_after_ms:o,...s}=n;return new N(e,{...s,code:t,retryAfterMs:o})}async function Os(t,e){let n;try{n=await fetch(t,e)}catch{throw new N(a(43),{kind:"connection_lost"})}let o=await n.json().catch(()=>({}));if(n.ok)return o;if(o.error)throw pc(o.error);let{status:s}=n;throw new N(a(44,{status:String(s)}),{kind:"http"})}var Ze=["people","invitations"];function Ds(t){let[,e,...n]=t.split("/").map(Rs),o=/^#invite=(.+)$/.exec(t)?.[1];if(o)return{name:"invite",code:Rs(o)};if(e==="c"&&n[0])return{name:"chat",roomId:n[0],messageId:n[1]||null};if(e==="d"&&n[0]){let[s=null,r=null]=/^\d+-\d+$/.test(n[1])?n[1].split("-").map(Number):[];return{name:"source",documentId:n[0],start:s,end:r}}return e==="account"?{name:"account"}:e==="library"?{name:"library",libraryId:n[0]||null}:e==="connect"?{name:"connect"}:e==="admin"?{name:"admin",tab:Ze.includes(n[0])?n[0]:Ze[0]}:{name:"chat",roomId:null,messageId:null}}var re=(t,e)=>`#/c/${encodeURIComponent(t)}${e?`/${encodeURIComponent(e)}`:""}`,et=t=>t?`#/library/${encodeURIComponent(t)}`:"#/library",Ls="#/account",Is="#/connect",Wt=(t=Ze[0])=>`#/admin/${t}`;function Rs(t){try{return decodeURIComponent(t)}catch{return t}}var Yn="basicchat.invitation";function Ns({store:t,client:e,notify:n}){let{dispatch:o,get:s}=t,r=(g,y)=>Qe(g,y,e.authorization());async function i(g){if(s().user&&s().user.id!==g.id)return Bn(),location.reload();o({type:"renewingLogin",on:!0}),await e.authenticate(void 0)}async function c(g,y){let{user:_}=await Qe("api/login",{name:g,password:y});await i(_)}function u(){Bn(),location.hash="",location.reload()}async function d(g,y){o({type:"renewingLogin",on:!0});try{let{user:_}=await r("api/password",{password:y,...g&&{current:g}});await i(_)}catch(_){throw o({type:"renewingLogin",on:!1}),_}n(a(419))}async function m(g){Gn(g),o({type:"invitation",invitation:{code:g}});try{let y=await Qe("api/invitations/look",{code:g});o({type:"invitation",invitation:{code:g,...y}})}catch(y){y.kind==="not_found"&&Gn(null),o({type:"invitation",invitation:{code:g,error:y}})}}async function f(g,y){let{code:_}=s().invitation,{user:x,room_id:v}=await Qe("api/invitations/accept",{code:_,name:g,password:y});$(),await i(x),p(v)}async function h(){let{room_id:g}=await r("api/invitations/accept",{code:s().invitation.code});$(),p(g)}let p=g=>{g&&(location.hash=re(g))};function $(){Gn(null),o({type:"invitation",invitation:null})}return{logIn:c,logInWithToken:g=>e.authenticate(g),loginOptions:()=>As("api/login-options"),logOut:()=>r("api/logout").then(u),logOutEverywhere:()=>r("api/logout-everywhere").then(u),changePassword:d,previewInvitation:m,resumeInvitation:()=>Ps()&&m(Ps()),acceptWithNewAccount:f,acceptInvitation:h,dismissInvitation:$}}function Gn(t){try{t?sessionStorage.setItem(Yn,t):sessionStorage.removeItem(Yn)}catch{}}function Ps(){try{return sessionStorage.getItem(Yn)}catch{return null}}function qs({store:t,client:e}){let{dispatch:n,get:o}=t;async function s(){n({type:"directory",...await e.call("users.list")})}async function r(g){let{user:y,password:_}=await e.call("users.create",g);return n({type:"directory.put",user:y}),{user:y,password:_}}async function i(g,y){let _=await e.call("users.update",{user_id:g,...y});n({type:"directory.put",user:_})}async function c(g){await e.call("users.delete",{user_id:g}),n({type:"directory.removed",userId:g})}async function u(){n({type:"invitations",...await e.call("invitations.list")})}async function d(g){let{invitation:y,path:_}=await e.call("invitations.create",g);return n({type:"invitation.put",invitation:y}),new URL(_.replace(/^\//,""),document.baseURI).href}async function m(g){await e.call("invitations.revoke",{invitation_id:g}),n({type:"invitation.removed",id:g})}let f=g=>g===o().user.id?{}:{user_id:g};async function h(g){let{keys:y}=await e.call("keys.list",f(g));n({type:"keys",userId:g,keys:y})}async function p(g,y){let{key:_,secret:x}=await e.call("keys.create",{...y,...f(g)});return n({type:"key.put",key:_}),x}async function $({user_id:g,key_id:y}){await e.call("keys.revoke",{key_id:y}),n({type:"key.removed",userId:g,keyId:y})}return{loadDirectory:s,addUser:r,changeUser:i,deleteUser:c,logOutUser:g=>e.call("session.logout_everywhere",{user_id:g}),loadInvitations:u,createInvitation:d,revokeInvitation:m,loadKeys:h,createKey:p,revokeKey:$}}var Vn=t=>t.author.kind!=="assistant";function Xn(t,e={},n=[]){let o=n.map(({id:f,options:h})=>({message_id:f,edits:h?.edits})),s=t.filter(Vn).concat(o),{versions:r,rootOf:i}=Bs(s),c=new Set;if(!r.size)return{hidden:c,versions:r,rootOf:i};let u=new Set(s.map(f=>f.message_id)),d=js(s,r,u),m=f=>{let h=r.get(i.get(f));return!h||f===fc(h,e[i.get(f)])};for(let f of r.keys())m(f)||c.add(f);for(let{message_id:f}of s)(!m(f)||c.has(d.get(f)))&&c.add(f);return{hidden:c,versions:r,rootOf:i}}function Fs(t,e){let{hidden:n,versions:o}=Xn(t,e);return o.size?t.filter(r=>Vn(r)&&!n.has(r.message_id)).at(-1)?.message_id??null:null}function Us(t,e){let n=t.filter(Vn),{versions:o,rootOf:s}=Bs(n),r=new Set(n.map(d=>d.message_id)),i=js(n,o,r),c={},u=e.parent_id??e.message_id;for(let d=new Set;u&&!d.has(u);u=i.get(u))d.add(u),s.has(u)&&(c[s.get(u)]=u);return c}function Bs(t){let e=new Map,n=new Map;for(let{message_id:o,edits:s}of t)s&&(e.has(s)||e.set(s,[s]),e.get(s).push(o),n.set(s,s).set(o,s));return{versions:e,rootOf:n}}function js(t,e,n){let o=new Map,s=[...e.keys()].findLast(r=>!n.has(r))??null;for(let{message_id:r,edits:i,after:c}of t)o.set(r,i?o.get(i)??null:c??s),s=r;return o}var fc=(t,e)=>t.includes(e)?e:t.at(-1);var hc={id:"assistant",name:"assistant"},$c=/(?:^|[\s([{"'“‘])@([\p{L}\p{N}_.-]{0,40}(?: [\p{L}\p{N}_.-]{1,40})?)$/u,gc=/(?<![\w@.+-])@assistant\b(?!\.\w)/i,yc=6;function zs(t,e){let n=$c.exec(t.slice(0,e));return n&&{start:e-n[1].length-1,query:n[1]}}function Ws(t,e,n){let o=t.toLowerCase(),s=({name:r})=>{let i=r.toLowerCase();return i.startsWith(o)?0:i.split(/\s+/).some(c=>c.startsWith(o))?1:2};return[hc,...(e??[]).filter(r=>r.id!==n)].map(r=>({one:r,rank:s(r)})).filter(({rank:r})=>r<2).sort((r,i)=>r.rank-i.rank).slice(0,yc).map(({one:r})=>r)}function Hs(t,{start:e,query:n},o){let s=e+1+n.length,r=t.slice(s),i=`@${o}${/^\s/.test(r)?"":" "}`;return{text:t.slice(0,e)+i+r,caret:e+i.length+(/^\s/.test(r)?1:0)}}var Ht=t=>gc.test(t);function Ks(t,e){let n=["assistant",...e].filter(Boolean).sort((i,c)=>c.length-i.length),o=new RegExp(`(?<![\\w@.+-])@(?:${n.map(bc).join("|")})(?![\\p{L}\\p{N}_])`,"giu"),s=[],r=0;for(let i of t.matchAll(o))i.index>r&&s.push({text:t.slice(r,i.index),mention:!1}),s.push({text:i[0],mention:!0}),r=i.index+i[0].length;return r<t.length&&s.push({text:t.slice(r),mention:!1}),s}var bc=t=>t.replace(/[\\^$.*+?()[\]{}|/]/g,"\\$&");var Zn={};Te(Zn,{actions:()=>wc,bumpRoom:()=>Qn,events:()=>vc,initial:()=>_c,isShared:()=>H,putRoom:()=>Kt,unreadCount:()=>Jn});var _c={rooms:null},wc={rooms:(t,{rooms:e})=>({...t,rooms:e}),"room.created":(t,{room:e})=>Kt(t,e),open:(t,{roomId:e})=>({...t,roomId:e,once:t.roomId===e?t.once:null,ownDocuments:t.roomId===e&&t.ownDocuments,view:{name:"chat"},drawer:!1,panel:["documents","tasks"].includes(t.panel?.kind)?t.panel:null,rooms:kc(t.rooms,e)})},vc={"room.updated":(t,e)=>Kt(t,e)},H=t=>(t?.members?.length??0)>1,Jn=t=>(t??[]).reduce((e,n)=>e+n.unread,0),kc=(t,e)=>t?.map(n=>n.room_id===e&&n.unread?{...n,unread:0}:n)??null;function Qn(t,{room_id:e,seq:n}){let o=t.rooms?.find(s=>s.room_id===e);return o&&n>o.last_seq?Kt(t,{...o,last_seq:n}):t}function Kt(t,e){let n=(t.rooms??[]).filter(i=>i.room_id!==e.room_id),o=t.rooms?.find(i=>i.room_id===e.room_id),s={...o,...e};return!o||e.last_seq>o.last_seq?{...t,rooms:[s,...n]}:{...t,rooms:t.rooms.map(i=>i===o?s:i)}}var eo={};Te(eo,{actions:()=>xc,availableId:()=>Re,initial:()=>Gs,nextMode:()=>nt,onlyHere:()=>tt,signals:()=>Sc});var Gs={connection:{status:"idle",transport:null},locked:!1,renewingLogin:!1,user:null,lastRole:"member",limits:{},suffixes:null,service:{other_servers:!0,database:!0},view:{name:"chat"},roomId:null,visible:!0,models:[],provider:null,modes:[],chosen:{model:null,mode:"auto"},once:null,ownDocuments:!1,only:null,panel:null,drawer:!1,dialog:null,notice:null,invitation:null},xc={connection:(t,{state:e})=>({...t,connection:e,user:e.user??t.user,locked:Cc(t,e),service:Ec(t.connection,e)?t.service:Gs.service,renewingLogin:t.renewingLogin&&e.status!=="online"}),renewingLogin:(t,{on:e})=>({...t,renewingLogin:e,locked:t.locked&&!e}),limits:(t,{limits:e})=>({...t,limits:e}),suffixes:(t,{suffixes:e})=>({...t,suffixes:e}),catalogue:(t,{models:e,provider:n,modes:o})=>({...t,models:e,provider:n,modes:o}),chosen:(t,{chosen:e})=>({...t,chosen:{...t.chosen,...e}}),once:(t,{mode:e})=>({...t,once:e}),asked:t=>({...t,once:null,ownDocuments:!1}),ownDocuments:(t,{on:e})=>({...t,ownDocuments:e}),only:(t,{only:e})=>({...t,only:e}),view:(t,{view:e})=>({...t,view:e,drawer:!1,panel:null}),visible:(t,{visible:e})=>({...t,visible:e}),panel:(t,{panel:e})=>({...t,panel:e,drawer:!1}),drawer:(t,{open:e})=>({...t,drawer:e}),dialog:(t,{dialog:e})=>({...t,dialog:e}),notice:(t,{notice:e})=>({...t,notice:e}),invitation:(t,{invitation:e})=>({...t,invitation:e})},Sc={service:(t,{data:e})=>({...t,service:e})},Ec=(t,{status:e,transport:n})=>e==="online"&&t.transport===n;function Cc({locked:t,renewingLogin:e},{status:n}){return e?!1:["unauthenticated","forbidden"].includes(n)||t&&n!=="online"}var Re=(t,e)=>t.find(n=>n.id===e)?.id,tt=({only:t,roomId:e})=>t?.roomId===e?t:null;function nt({modes:t,chosen:e,once:n}){let o=t.filter(s=>!s.background);return Re(t,n)??Re(o,e.mode)}var Be="new",Tc=20,Mc=200,Ac=100;function Ys({store:t,client:e,attempt:n,notify:o,moveDraft:s}){let{dispatch:r,get:i}=t;async function c(b,E=null){let T=i().roomId;b===T&&i().view.name==="chat"||(r({type:"open",roomId:b}),T&&T!==b&&!u(T)&&e.leave(T).catch(()=>{}),b&&b!==T&&await d(b)),b&&E&&await n(h(b,E))}let u=b=>Object.values(i().runs).some(E=>E.room_id===b);async function d(b){i().chats[b]?.messages.length||r({type:"chat.loading",roomId:b});try{await e.join(b)}catch(E){r({type:"chat.failed",roomId:b,error:E})}}async function m(b,E=Tc){let T=i().chats[b].older,D=await e.call("messages.list",{room_id:b,before:T,limit:E});r({type:"older",roomId:b,...D})}let f=(b,E)=>i().chats[b]?.messages.find(T=>T.message_id===E);async function h(b,E){for(let te=0;!f(b,E)&&te<Ac&&i().chats[b]?.older;te++)await m(b,Mc);let T=f(b,E);if(!T)return o(a(148));let D=T.parent_id?{[T.parent_id]:E}:{},P=Us(i().chats[b].messages,T);r({type:"shown",roomId:b,shown:{...D,...P}}),r({type:"target",roomId:b,messageId:E})}function p(b,{edits:E}={}){let T=i(),D={...g(T.chats[T.roomId],E),can_approve:!0},P=Re(T.models,T.chosen.model),te=nt(T);P&&(D.model=P),te&&(D.reasoning_mode=te);let ne=T.rooms?.find(Oa=>Oa.room_id===T.roomId);return(!H(ne)||Ht(b))&&(T.ownDocuments&&H(ne)&&(D.own_documents=!0),Object.assign(D,$(T)),r({type:"asked"})),y({id:oe(),text:b,options:D})}function $(b){let{collection_ids:E,document_ids:T}=tt(b)??{};return{...E&&{collection_ids:E},...T&&{document_ids:T}}}function g(b,E){if(E)return{edits:E};let T=b&&Fs(b.messages,b.shown);return T?{after:T}:{}}async function y(b){let E=i().roomId;r({type:"pending",roomId:E??Be,item:b});let T={query:b.text,client_msg_id:b.id,...b.options};return E&&(T.room_id=E),_(E,b,e.call("stream_request",T))}async function _(b,E,T){try{let D=await T,{only:P}=i();!b&&P&&P.roomId===null&&r({type:"only",only:{...P,roomId:D.room_id}}),b||r({type:"pending.moved",from:Be,roomId:D.room_id,id:E.id}),r({type:"pending.accepted",roomId:D.room_id,id:E.id,seq:D.seq}),b||v(D.room_id)}catch(D){r({type:"pending.failed",roomId:b??Be,id:E.id,error:D})}}function x({method:b,params:E,reply:T}){if(b!=="stream_request")return n(T);let D={id:E.client_msg_id,text:E.query},P=E.room_id??null;return r({type:"pending",roomId:P??Be,item:D}),_(P,D,T)}function v(b){let{roomId:E,view:T}=i();E!==null||T.name!=="chat"||(s(b),r({type:"open",roomId:b}),history.replaceState(null,"",re(b)))}function A(b,E){return r({type:"pending.done",roomId:b??Be,id:E.id}),y({...E,error:void 0})}let j=b=>e.call("messages.regenerate",{message_id:b,can_approve:!0,...$(i())});async function W(b,E,{answers:T,shared:D}){if(T&&!D){let P=b.edits??b.message_id;return r({type:"shown",roomId:b.room_id,shown:{[P]:null}}),p(E,{edits:P})}await e.call("messages.edit",{message_id:b.message_id,text:E}),T&&await j(b.message_id)}return{open:c,loadRoom:d,ask:p,resend:A,trackRestored:x,loadOlder:b=>n(m(b)),discardPending:(b,E)=>r({type:"pending.done",roomId:b??Be,id:E}),approve:(b,E,T)=>n(e.call("runs.approve",{run_id:b,call_id:E,decision:T})),stopRun:b=>n(e.call("runs.cancel",{run_id:b})),regenerate:b=>n(j(b)),continueRun:b=>n(e.call("runs.continue",{run_id:b,client_msg_id:oe()})),editMessage:W,deleteMessage:b=>n(e.call("messages.delete",{message_id:b})),rate:(b,E)=>n(e.call("feedback.set",{message_id:b,value:E,client_msg_id:oe()})),clearTarget:b=>r({type:"target",roomId:b,messageId:null}),selectVersion:(b,E,T)=>r({type:"shown",roomId:b,shown:{[E[0]]:T}}),selectAnswer:(b,E,T)=>r({type:"shown",roomId:b,shown:{[E]:T}})}}function Vs({client:t}){let e=()=>new URL(".",document.baseURI).href;return{listConnectors:()=>t.call("connectors.list",{url:e()}),listApprovals:()=>t.call("approvals.list").then(({approvals:n})=>n),revokeApproval:({approval_id:n})=>t.call("approvals.revoke",{approval_id:n}),listGrants:()=>t.call("grants.list").then(({grants:n})=>n),revokeGrant:({grant_id:n})=>t.call("grants.revoke",{grant_id:n})}}var to={};Te(to,{actions:()=>Rc,draftOf:()=>je,initial:()=>Oc,signals:()=>Dc});var Oc={drafts:{}},Rc={"drafts.loaded":(t,{drafts:e})=>{let n=Object.fromEntries(Object.entries(t.drafts).filter(([,o])=>o.dirty));for(let[o,s]of Object.entries(e))n[o]??={text:s,dirty:!1,sent:[]};return{...t,drafts:n}},"draft.loaded":(t,{roomId:e,text:n})=>ot(t,e,o=>o.dirty?{}:{text:n}),"draft.edited":(t,{roomId:e,text:n})=>ot(t,e,o=>({text:n,dirty:!0,sent:o.sent})),"draft.sending":(t,{roomId:e,text:n})=>ot(t,e,o=>({sent:[...o.sent,n].slice(-Lc)})),"draft.saved":(t,{roomId:e,text:n})=>ot(t,e,o=>({dirty:o.dirty&&o.text!==n}))},Dc={draft:(t,{data:{room_id:e,text:n}})=>ot(t,e,o=>o.sent.includes(n)?{sent:o.sent.filter(s=>s!==n)}:o.dirty?{}:{text:n})},Lc=20,Ic={text:"",dirty:!1,sent:[]},je=({drafts:t},e)=>t[e??"new"]?.text??"";function ot(t,e,n){let o=t.drafts[e]??Ic;return{...t,drafts:{...t.drafts,[e]:{...o,...n(o)}}}}var Xs=80,Pc=3e3,Gt="new",no=t=>`basicchat.draft.${t??Gt}`;function Js({store:t,client:e}){let{dispatch:n,get:o}=t,s=new Map,r=new Map,i=new Map,c=new Set;function u($,g){n({type:"draft.edited",roomId:$??Gt,text:g}),Oe(no($),g||null),$&&d($,(i.get($)??0)+Xs-performance.now())}function d($,g){s.has($)||c.has($)||s.set($,setTimeout(()=>m($),Math.max(0,g)))}async function m($){if(clearTimeout(s.get($)),s.delete($),c.has($)||o().connection.status!=="online")return;let g=je(o(),$);i.set($,performance.now()),c.add($),n({type:"draft.sending",roomId:$,text:g});let y=i.get($)+Xs;try{await e.call("drafts.set",{room_id:$,text:g}),n({type:"draft.saved",roomId:$,text:g}),o().drafts[$].dirty||Oe(no($),null)}catch(_){y=_.retryAfterMs?performance.now()+_.retryAfterMs:null}finally{c.delete($)}y!==null&&o().drafts[$]?.dirty&&d($,y-performance.now())}function f($){let g=Ae(no($),"");g&&!o().drafts[$??Gt]?.dirty&&u($,g)}function h($){let g=je(o(),null);g&&(u($,g),u(null,""))}function p($,g){let y=Date.now(),_=r.get($)??0;(g?y-_<Pc:!_)||(r.set($,g?y:0),e.call("typing.set",{room_id:$,typing:g}).catch(()=>{}))}return{editDraft:u,setTyping:p,restoreDraft:f,moveDraft:h,saveDrafts(){for(let[$,{dirty:g}]of Object.entries(o().drafts))g&&$!==Gt&&m($)},endTyping($){r.delete($)}}}function Zs({store:{dispatch:t},client:e,attempt:n}){let o=r=>i=>n(e.call(r,i)),s=({collection:r})=>r&&t({type:"collection.changed",collection:r});return{async loadCollections(){t({type:"collections",...await e.call("collections.list")})},async loadLibrary(r){let i=await oo(e,{collection_id:r});t({type:"library.documents",libraryId:r,documents:i})},async createCollection(r){let{collection:i}=await e.call("collections.create",{name:r});return t({type:"collection.changed",collection:i}),i},loadShares:r=>e.call("collections.get",{collection_id:r}).then(s),shareCollection:(r,i,c)=>e.call("collections.share",{...Qs(r,i),role:c}).then(s),unshareCollection:(r,i)=>e.call("collections.unshare",Qs(r,i)).then(s),changeCollection:o("collections.update"),deleteCollection:o("collections.delete"),changeDocument:o("documents.update"),retryDocument:r=>n(e.call("documents.retry",{document_id:r}))}}var Nc={user:"user_id",group:"group",room:"room_id"},Qs=(t,e)=>({collection_id:t,[Nc[e.kind]]:e.id});async function oo(t,e={}){let n=[];for(let o;;){let s={limit:200,...e,...o&&{after:o}},r=await t.call("documents.list",s);if(n=n.concat(r.documents),o=r.next,!o)return n}}var qc=1e3;function er({store:t,client:e,attempt:n,notify:o}){let{dispatch:s,get:r}=t,i=new Map,c=null,u=0;function d(p,$){let g=r().rooms?.find(y=>y.room_id===p);!g||!H(g)&&!g.unread||$<=(i.get(p)??0)||(i.set(p,$),clearTimeout(c),c=setTimeout(()=>{u=Date.now(),e.call("rooms.read",{room_id:p,seq:i.get(p)}).catch(()=>{i.delete(p)})},Math.max(0,u+qc-Date.now())))}async function m(p){let $=await e.call("rooms.create",{name:p});location.hash=re($.room_id),s({type:"room.created",room:$}),s({type:"open",roomId:$.room_id}),s({type:"panel",panel:{kind:"members"}}),await e.join($.room_id)}async function f(p){await e.call("rooms.remove",{room_id:p,user_id:r().user.id}),r().roomId===p&&(location.hash=""),o(a(103))}let h=(p,$,g)=>e.call("rooms.invite",{room_id:p,user_id:$,role:g});return{markRead:d,createRoom:m,renameRoom:(p,$)=>n(e.call("rooms.update",{room_id:p,name:$})),deleteRoom:p=>(r().roomId===p&&(location.hash=""),n(e.call("rooms.delete",{room_id:p}))),leaveRoom:p=>n(f(p)),addMember:(p,$,g)=>n(h(p,$,g)),changeRole:(p,$,g)=>n(h(p,$,g)),removeMember:(p,$)=>n(e.call("rooms.remove",{room_id:p,user_id:$}))}}var tr=["guest","member","admin","owner"],nr=["owner","member","viewer"],Yt=Object.fromEntries(tr.map((t,e)=>[t,e])),or=(t,e)=>(Yt[t?.role]??-1)>=Yt[e],J=t=>or(t,"member"),Q=J,Vt=J,so=J,ro=J,ge=t=>or(t,"admin");function sr(t,e){return!ge(t)||t.id===e.id?!1:t.role==="owner"||Yt[t.role]>Yt[e.role]}function Xt(t){return t?.role==="owner"?tr:ge(t)?["guest","member"]:so(t)?["guest"]:[]}function st({user:t,collections:e,rooms:n},o){if(o===t?.id)return"owner";let s=e?.find(i=>i.collection_id===o),r=n?.find(i=>i.room_id===o);return s?.role??(r?ue(r)?"editor":"viewer":null)}var rt=t=>t==="owner"||t==="editor",ue=t=>!t||t.role!=="viewer",it=t=>t?.role==="owner",io=(t,e,n)=>t.author.id===e&&!t.deleted_at&&ue(n);function Jt(t,e,n,o){return t.deleted_at||!ue(n)?!1:(t.author.kind==="assistant"?o?.author.id:t.author.id)===e||it(n)}var Fc=200,Uc=50,Bc=5;function rr({store:t,client:e,attempt:n}){let{dispatch:o,get:s}=t,r=null;function i(f,h){if(o({type:"search.started",query:f,roomId:h}),clearTimeout(r),!f.trim())return o({type:"search.passages",query:f,roomId:h,hits:[]}),o({type:"search.found",query:f,roomId:h,messages:null});r=setTimeout(()=>{u(f,h),d(f,h)},Fc)}let c=(f,h,p)=>e.call("messages.search",{query:f,limit:Uc,...h&&{room_id:h},...p&&{before:p}});async function u(f,h){try{o({type:"search.found",query:f,roomId:h,...await c(f,h)})}catch(p){o({type:"search.failed",query:f,roomId:h,error:p})}}async function d(f,h){let p=[];!h&&Q(s().user)&&({hits:p}=await e.call("documents.search",{query:f,k:Bc}).catch(()=>({hits:p}))),o({type:"search.passages",query:f,roomId:h,hits:p})}async function m(){let{query:f,roomId:h,next:p}=s().search,$=await c(f,h,p);o({type:"search.more",query:f,roomId:h,before:p,...$})}return{searchMore:()=>n(m()),openSearch:(f=null)=>!s().locked&&o({type:"search.open",roomId:f}),closeSearch:()=>o({type:"search.close"}),search:i}}function ir(t,e){let{dispatch:n,get:o}=t,s=d=>n({type:"notice",notice:{text:d,id:oe()}}),r=d=>n({type:"notice",notice:{error:d,id:oe()}}),i=d=>d.catch(r),c={store:t,client:e,notify:s,showError:r,attempt:i},u=Js(c);return{notify:s,showError:r,...u,...Ys({...c,moveDraft:u.moveDraft}),...er(c),...Zs(c),...rr(c),...Ns(c),...qs(c),...Vs(c),deleteDocument:d=>i(e.call("documents.delete",{document_id:d})),readDocument:(d,m,f)=>e.call("documents.get",{document_id:d,start:m,end:f}),cancelTask:d=>i(e.call("tasks.cancel",{task_id:d})),readRun:d=>e.call("runs.get",{run_id:d}),async openSource({documentId:d,start:m,end:f}){let h=await i(e.call("documents.get",{document_id:d,end:0}));if(!h)return;let p={n:1,document_id:d,title:h.title,start:m,end:f},$=m===null?null:p;n({type:"panel",panel:{kind:"source",document:h,citation:$,citations:$?[$]:[]}})},openPanel:d=>n({type:"panel",panel:d}),openDrawer:d=>n({type:"drawer",open:d}),openDialog:d=>n({type:"dialog",dialog:d}),showView:d=>n({type:"view",view:d}),setChoice(d){n({type:"chosen",chosen:d}),Oe("basicchat.chosen",o().chosen)},useOwnDocuments:d=>n({type:"ownDocuments",on:d}),askOnly(d){n({type:"only",only:{...d,roomId:null}}),location.hash="#"},useAll:()=>n({type:"only",only:null}),setMode(d){let{background:m=!1}=o().modes.find(f=>f.id===d)??{};n({type:"once",mode:m?d:null}),m||this.setChoice({mode:d})},reconnect:()=>e.wake()}}var cr=function(t,e,n,o){var s;e[0]=0;for(var r=1;r<e.length;r++){var i=e[r++],c=e[r]?(e[0]|=i?1:2,n[e[r++]]):e[++r];i===3?o[0]=c:i===4?o[1]=Object.assign(o[1]||{},c):i===5?(o[1]=o[1]||{})[e[++r]]=c:i===6?o[1][e[++r]]+=c+"":i?(s=t.apply(c,cr(t,c,n,["",null])),o.push(s),c[0]?e[0]|=2:(e[r-2]=0,e[r]=s)):o.push(c)}return o},ar=new Map;function lr(t){var e=ar.get(this);return e||(e=new Map,ar.set(this,e)),(e=cr(this,e.get(t)||(e.set(t,e=(function(n){for(var o,s,r=1,i="",c="",u=[0],d=function(h){r===1&&(h||(i=i.replace(/^\s*\n\s*|\s*\n\s*$/g,"")))?u.push(0,h,i):r===3&&(h||i)?(u.push(3,h,i),r=2):r===2&&i==="..."&&h?u.push(4,h,0):r===2&&i&&!h?u.push(5,0,!0,i):r>=5&&((i||!h&&r===5)&&(u.push(r,0,i,s),r=6),h&&(u.push(r,h,0,s),r=6)),i=""},m=0;m<n.length;m++){m&&(r===1&&d(),d(m));for(var f=0;f<n[m].length;f++)o=n[m][f],r===1?o==="<"?(d(),u=[u],r=3):i+=o:r===4?i==="--"&&o===">"?(r=1,i=""):i=o+i[0]:c?o===c?c="":i+=o:o==='"'||o==="'"?c=o:o===">"?(d(),r=1):r&&(o==="="?(r=5,s=i,i=""):o==="/"&&(r<5||n[m][f+1]===">")?(d(),r===3&&(u=u[0]),r=u,(u=u[0]).push(2,0,r),r=0):o===" "||o==="	"||o===`
`||o==="\r"?(d(),r=2):i+=o),r===3&&i==="!--"&&(r=4,u=u[0])}return d(),u})(t)),e),arguments,[])).length>1?e:e[0]}var L,dr,jc,ye,ao,nn,mr,Zt,pr,uo,co,fr,ct=Symbol.for("pv"),on={},sn=[],zc=/^m(i|n|o|s|text|space)$/,mo=Array.isArray,po=sn.slice,Le=Object.assign;function De(t){t&&t.parentNode&&t.remove()}function hr(t,e,n){var o,s,r,i={},c=arguments.length;for(r in e)r=="key"?o=e[r]:r=="ref"&&typeof t!="function"?s=e[r]:i[r]=e[r];return c>2&&(i.children=c>3?po.call(arguments,2):n),at(t,i,o,s,null)}function at(t,e,n,o,s){var r={type:t,props:e,key:n,ref:o,__k:null,__:null,__b:0,__e:null,__c:null,constructor:ct,__v:s||++dr,__i:-1,__u:0};return!s&&L.vnode&&L.vnode(r),r}function lt(t){return t.children}function en(t,e){this.props=t,this.context=e,this.__g=0}function be(t,e){if(e==null)return t.__&&be(t.__,t.__i+1);for(var n;e<t.__k.length;e++)if((n=t.__k[e])&&n.__e)return n.__e;return typeof t.type!="function"||t.props.__P?null:be(t)}function Wc(t){var e,n=t.__v,o=n.__e,s=[],r=[],i=t.__P;i&&((e=Le({constructor:ct},n)).__v=n.__v+1,L.vnode&&L.vnode(e),fo(i,e,n,t.__n,i.namespaceURI,32&n.__u?[o]:null,s,o||be(n),32&n.__u,r),e.__v=n.__v,e.__.__k[e.__i]=e,wr(s,e,r),n.__=n.__e=null,e.__e!=o&&$r(e))}function $r(t){if((t=t.__)&&t.__c&&!t.props.__P)return t.__e=null,t.__k.some(function(e){return e&&(t.__e=e.__e)}),$r(t)}function lo(t){(8&t.__g||(t.__g|=8,ye.push(t),nn++))&&ao==L.debounceRendering||((ao=L.debounceRendering)||queueMicrotask)(gr)}function gr(){try{for(var t,e=1;ye.length;)ye.length>e&&ye.sort(mr),t=ye.shift(),e=ye.length,8&t.__g&&Wc(t)}finally{(nn=ye.length)&&(ao||queueMicrotask)(gr)}}function yr(t,e,n,o,s,r,i,c,u,d,m){var f,h,p,$,g,y,_=o.__k||sn,x=e.length;for(u=Hc(n,e,_,u,x),f=0;f<x;f++)(p=n.__k[f])!=null&&(h=~p.__i&&_[p.__i]||on,p.__i=f,y=fo(t,p,h,s,r,i,c,u,d,m),$=p.__e,(h.ref!=p.ref||8&h.__u)&&(h.ref&&ho(h.ref,null,p,h),p.ref&&m.push(p.ref,p.__c||$,p)),g=g||$,4&p.__u?(u=br(p,u,t,!h.__v),h.__e&&(h.__e=null)):typeof p.type=="function"&&y!==void 0?u=y:$&&(u=$.nextSibling),p.__u&=-21);return n.__e=g,u}function Hc(t,e,n,o,s){var r,i,c,u,d,m,f,h,p,$=n.length,g=$,y=0,_=0,x=t.__k=Array(s);for(r=0;r<s;r++)(i=e[r])!=null&&typeof i!="boolean"&&typeof i!="function"?(typeof i!="object"||i.constructor===String?i=x[r]=at(null,i):mo(i)?i=x[r]=at(lt,{children:i}):i.constructor===ct&&i.__b?i=x[r]=at(i.type,i.props,i.key,i.ref,i.__v):x[r]=i,u=r+y,i.__=t,i.__b=t.__b+1,c=null,~(d=i.__i=Kc(i,n,u,g))&&(g--,(c=n[d])&&(c.__u|=2)),c&&c.__v?(i.__u|=16,d==u-1?y--:d==u+1?y++:d!=u&&(d>u?y--:y++,_=1)):(~d||(s>$?y--:s<$&&y++),typeof i.type!="function"&&(i.__u|=4))):x[r]=null;if(_){for(m=[],f=[],r=0;r<s;r++)if((i=x[r])&&16&i.__u){for(y=0,h=m.length;y<h;)m[p=y+h>>1]<i.__i?y=p+1:h=p;m[y]=i.__i,f[r]=y+1}for(y=m.length;r--;)f[r]&&(f[r]==y?y--:x[r].__u|=4)}if(g)for(r=0;r<$;r++)!(c=n[r])||2&c.__u||(c.__e==o&&(o=be(c)),$o(c,c));return o}function br(t,e,n,o){var s,r,i,c;if(typeof t.type=="function"){if(t.props.__P)return e;if(s=t.__k)for(r=0;r<s.length;r++)s[r]&&(s[r].__=t,e=br(s[r],e,n,!1));return e}for(e&&!e.parentNode&&(e=be(t))&&!e.parentNode&&(e=null),i=t.__e,c=e;c&&c.nodeType==8;)c=c.nextSibling;for(i!=c&&(!o&&n.moveBefore&&i.parentNode?n.moveBefore(i,e):n.insertBefore(i,e||null)),e=i;(e=e&&e.nextSibling)&&e.nodeType==8&&!e.data.startsWith("$s"););return e}function Kc(t,e,n,o){var s,r=t.key,i=t.type,c=e[n],u=c&&!(2&c.__u);if(c===null&&r==null||u&&r==c.key&&i==c.type)return n;if(o>(u?1:0)){for(s=n-1;s>=0;s--)if((c=e[s])&&!(2&c.__u)&&r==c.key&&i==c.type)return s;for(s=n+1;s<e.length;s++)if((c=e[s])&&!(2&c.__u)&&r==c.key&&i==c.type)return s}return-1}function ur(t,e,n){n==null&&(n=""),e[0]=="-"?t.setProperty(e,n):t[e]=n}function Qt(t,e,n,o,s){var r,i;if(e=="style")if(typeof n=="string")t.style.cssText=n;else{if(typeof o=="string"&&(t.style.cssText=o=""),o)for(e in o)n&&e in n||ur(t.style,e);if(n)for(e in n)o&&n[e]==o[e]||ur(t.style,e,n[e])}else if(e[0]=="o"&&e[1]=="n")typeof n!="function"&&(n=null),typeof o!="function"&&(o=null),(t.__e||(t.__e={}))[e]=n,n&&o||(i=co[e]||(co[e]=Gc(e)),(t.__a||(t.__a={}))[e]=uo,r=e!=(e=e.replace(pr,"$1")),(e=e.slice(2))[0]<"a"&&(e=e.toLowerCase()),n?t.addEventListener(e,i,r):t.removeEventListener(e,i,r));else{if(s=="http://www.w3.org/2000/svg")e=e.replace(/xlink(H|:h)/,"h").replace(/sName$/,"s");else if(e!="width"&&e!="height"&&e!="href"&&e!="list"&&e!="form"&&e!="tabIndex"&&e!="download"&&e!="rowSpan"&&e!="colSpan"&&e!="role"&&e!="popover"&&e in t)try{return void(t[e]=n??"")}catch{}if(typeof n=="function")return;n==null||n===!1&&e[4]!="-"?t.removeAttribute(e):t.setAttribute(e,e=="popover"&&n==1?"":n)}}function Gc(t){return function(e){var n=this.__e;if(n){if(n=n[t],e[Zt]==null)e[Zt]=uo++;else if(e[Zt]<this.__a[t])return;return n(L.event?L.event(e):e)}}}function fo(t,e,n,o,s,r,i,c,u,d){var m,f,h,p,$,g,y,_,x,v,A,j,W,b,E,T,D,P,te=e.type;if(e.constructor!==ct)return null;128&n.__u&&(u=32&n.__u,m=n.__c.__z)&&(e.__u|=u,f=r=[],m.nodeType==8?c=tn(m,r):r.push(m),c=r[0]||c),(m=L.__b)&&m(e);e:if(typeof te=="function"){h=i.length;try{if(_=e.props,x=(m=te.prototype)&&m.render,v=(m=te.contextType)&&o[m.__c],A=m?v?v.props.value:m.__:o,(p=n.__c)?(e.__c=p,2&p.__g&&(p.__g|=1)):(x?e.__c=p=new te(_,A):(e.__c=p=new en(_,A),p.constructor=te,p.render=Vc),v&&v.sub(p),p.state||(p.state={}),p.__n=o,p.__g|=8,p.__h=[],p.__k=[]),x&&(p.__s||(p.__s=p.state),te.getDerivedStateFromProps&&(p.__s==p.state&&(p.__s=Le({},p.__s)),Le(p.__s,te.getDerivedStateFromProps(_,p.__s)))),$=p.props,g=p.state,p.__v=e,n.__c){if(_!==$&&x&&!te.getDerivedStateFromProps&&p.componentWillReceiveProps&&p.componentWillReceiveProps(_,A),e.__v==n.__v&&!(8&p.__g)||!(4&p.__g)&&p.shouldComponentUpdate&&p.shouldComponentUpdate(_,p.__s,A)===!1){e.__v!=n.__v&&(p.props=_,p.state=p.__s,p.__g&=-9),e.__e=n.__e,e.__k=n.__k,e.__k.some(function(ne){ne&&(ne.__=e)}),sn.push.apply(p.__h,p.__k),p.__k=[],p.__h.length&&i.push(p),c=be(n);break e}p.componentWillUpdate&&p.componentWillUpdate(_,p.__s,A),x&&p.componentDidUpdate&&p.__h.push(function(){p.componentDidUpdate($,g,y)})}else x&&!te.getDerivedStateFromProps&&p.componentWillMount&&p.componentWillMount(),x&&p.componentDidMount&&p.__h.push(p.componentDidMount);p.context=A,p.props=_,p.__P=t,p.__g&=-5,j=L.__r,W=x?25:0;do p.__g&=-9,j&&j(e),m=p.render(p.props,p.state=p.__s,p.context);while(8&p.__g&&++W<25);x&&(sn.push.apply(p.__h,p.__k),p.__k=[]),p.state=p.__s,p.getChildContext&&(o=Le({},o,p.getChildContext())),x&&n.__c&&p.getSnapshotBeforeUpdate&&(y=p.getSnapshotBeforeUpdate($,g)),b=m&&m.type===lt&&m.key==null?m.props.children:m,_.__P&&(m=c,s=(t=_.__P).namespaceURI,u=r=null,n.props&&n.props.__P!=t&&(n.__k.some(function(ne){ne&&$o(ne,ne)}),n.__k=null),c=n.__k?be(n,0):null),c=yr(t,mo(b)?b:[b],e,n,o,s,r,i,c,u,d),_.__P&&(e.__e=null,c=m),e.__u&=-161,f&&f.some(De),p.__h.length&&i.push(p),1&p.__g&&(p.__g&=-4)}catch(ne){if(i.length=h,e.__v=null,u||r)if(ne&&ne.then){if(e.__u|=128|u,r){for(~(D=r.indexOf(c||void 0))||(D=r.length);(P=r[D-1])&&P.nodeType==8;)D--;for(;D<r.length;D++)if(P=r[D])if(r[D]=null,E){if(P==T)break}else{if(P.nodeType!=8)break;P.data.startsWith("$s")&&(T=tn(E=P))}}if(!E){for(;c&&c.nodeType==8&&c.nextSibling;)c=c.nextSibling;E=c}(m=tn(E=e.__c.__z||(e.__c.__z=E)))?(e.__e=E,c=m):e.__e=c,c=c&&c.nextSibling}else r&&r.some(De);else e.__e=n.__e;e.__k||(e.__k=n.__k||[]),ne&&ne.then||_r(e),L.__e(ne,e,n)}}else c=e.__e=Yc(n.__e,e,n,o,s,r,i,u,d,t);return(m=L.diffed)&&m(e),c}function tn(t,e){if(t&&t.nodeType==8&&t.data.startsWith("$s"))for(var n=1;t=t.nextSibling;){if(t.nodeType==8){if(t.data.startsWith("$s"))n++;else if(t.data.startsWith("/$s")&&!--n)return t}e&&e.push(t)}}function _r(t){t&&(t.__c&&(t.__c.__g|=4),t.__k&&t.__k.some(_r))}function wr(t,e,n){for(var o=0;o<n.length;)ho(n[o++],n[o++],n[o++]);L.__c&&L.__c(e,t),t.some(function(s){try{t=s.__h,s.__h=[],t.some(function(r){r.call(s)})}catch(r){L.__e(r,s.__v)}})}function Yc(t,e,n,o,s,r,i,c,u,d){var m,f,h,p,$,g,y,_,x=n.props||on,v=e.props,A=e.type;if(A=="svg"?s="http://www.w3.org/2000/svg":A=="math"?s="http://www.w3.org/1998/Math/MathML":s||(s="http://www.w3.org/1999/xhtml"),r){for(m=0;m<r.length;m++)if(($=r[m])&&(A?$.localName==A:$.nodeType==3)){t=$,r[m]=null;break}}if(!t){if(_=d.ownerDocument||document,!A)return _.createTextNode(v);t=_.createElementNS(s,A,v.is?v:d),c&&(L.__m&&L.__m(e,r),c=!1),r=null}if(A){if(d=A=="template"&&t.content||t,r=A=="textarea"&&v.defaultValue!=null?null:r&&po.call(d.childNodes),!c&&r)for(x={},m=0;m<t.attributes.length;m++)x[($=t.attributes[m]).name]=$.value;for(m in x)$=x[m],m=="dangerouslySetInnerHTML"?h=$:m=="children"||m in v||m=="value"&&"defaultValue"in v||m=="checked"&&"defaultChecked"in v||Qt(t,m,null,$,s);for(m in v)$=v[m],m=="children"?p=$:m=="dangerouslySetInnerHTML"?f=$:m=="value"?g=$:m=="checked"?y=$:c&&typeof $!="function"||x[m]===$||Qt(t,m,$,x[m],s);f?(c||h&&(f.__html==h.__html||f.__html==t.innerHTML)||(t.innerHTML=f.__html),e.__k=[]):(h&&(t.textContent=""),(A=="foreignObject"||s=="http://www.w3.org/1998/Math/MathML"&&zc.test(A))&&(s="http://www.w3.org/1999/xhtml"),yr(d,mo(p)?p:[p],e,n,o,s,r,i,r?r[0]:n.__k&&be(n,0),c,u),r&&r.some(De)),c&&A!="textarea"||(m="value",A=="progress"&&g==null?t.removeAttribute(m):g==null||g===t[m]&&(A!="progress"||g)||Qt(t,m,g,x[m],s),m="checked",y!=null&&y!=t[m]&&Qt(t,m,y,x[m],s))}else x===v||c&&t.data==v||(t.data=v);return t}function ho(t,e,n,o){try{typeof t=="function"?e?e.__x=t(e)||1:o&&(o=o.__c||o.__e)&&(e=o.__x)&&(o.__x=null,typeof e=="function"?e():t(null)):t.current=e}catch(s){L.__e(s,n)}}function $o(t,e,n){var o,s,r,i;if(L.unmount&&L.unmount(t),!(o=t.ref)||o.current&&o.current!=t.__e||ho(o,null,e,t),o=t.__c){if(o.componentWillUnmount)try{o.componentWillUnmount()}catch(c){L.__e(c,e)}o.__P=o.__n=null}if(o=t.__k)for(i=0;i<o.length;i++)o[i]&&$o(o[i],e,typeof t.type!="function"||n&&!t.props.__P);!n&&(o=t.__c)&&(o=o.__z)&&(s=tn(o,r=[]))&&(o==t.__e&&r.some(De),De(s),De(o)),n||De(t.__e),t.__e=t.__c=t.__=null}function Vc(t,e,n){return this.constructor(t,n)}function ze(t,e){var n,o,s,r;L.__&&L.__(t,e),e.nodeType==9&&(e=e.documentElement),o=(n=t&&32&t.__u)?null:e.__k,e.__k=at(lt,{children:[t]}),s=[],r=[],fo(e,e.__k,o||on,on,e.namespaceURI,o?null:e.firstChild?po.call(e.childNodes):null,s,o?o.__e:e.firstChild,n,r),wr(s,e.__k,r),e.__k.props.children=null}function go(t){function e(n){var o,s;return this.getChildContext||(o=new Set,(s={})[e.__c]=this,this.getChildContext=function(){return s},this.shouldComponentUpdate=function(r){this.props.value!=r.value&&o.forEach(function(i){i.__g|=4,lo(i)})},this.sub=function(r){o.add(r);var i=r.componentWillUnmount;r.componentWillUnmount=function(){o.delete(r),i&&i.call(r)}}),n.children}return e.__c="__cC"+fr++,e.__=t,e.Provider=(e.Consumer=function(n,o){return n.children(o)}).contextType=e,e}L={__e:function(t,e,n,o){for(var s,r,i;e=e.__;)if((s=e.__c)&&!(1&s.__g)){s.__g|=4;try{if((i=(r=s.constructor)&&r.getDerivedStateFromError)&&s.setState(r.getDerivedStateFromError(t)),s.componentDidCatch&&(s.componentDidCatch(t,o||{}),i=1),i&&8&s.__g)return void(s.__g|=2)}catch(c){t=c}}throw nn=0,t}},dr=0,jc=function(t){return t!=null&&t.constructor===ct},en.prototype.setState=function(t,e){var n=this.__s;n&&n!=this.state||(n=this.__s=Le({},this.state)),typeof t=="function"&&(t=t(Le({},n),this.props)),t&&(Le(n,t),this.__v&&(e&&this.__k.push(e),lo(this)))},en.prototype.forceUpdate=function(t){this.__v&&(this.__g|=4,t&&this.__h.push(t),lo(this))},en.prototype.render=lt,ye=[],nn=0,mr=function(t,e){return t.__v.__b-e.__v.__b},Zt=Symbol(),pr=/(PointerCapture)$|Capture$/i,uo=0,co={},fr=0;var _e,I,yo,vr,bo=Object.is,rn=0,Or=[],_o=[],U=L,kr=U.__b,xr=U.__r,Sr=U.diffed,Er=U.__c,Cr=U.unmount,Tr=U.__;function We(t,e){U.__h&&U.__h(I,t,rn||e),rn=0;var n=I.__H||(I.__H={__:[],__h:[]});return t>=n.__.length&&n.__.push({}),n.__[t]}function w(t){return rn=1,Xc(Rr,t)}function Xc(t,e,n){var o=We(_e++,2);if(o.t=t,!o.__c&&(o.__=[n?n(e):Rr(void 0,e),function(r){var i=(o.__N||o.__)[0],c=o.t(i,r);bo(i,c)||(o.__N=[c,o.__[1]],o.__c.setState({}))}],o.__c=I,!I.__f)){I.__f=!0;var s=I.shouldComponentUpdate;I.shouldComponentUpdate=function(r,i,c){var u=this.__H;if(!u)return!0;var d=!1,m=this.props!=r;if(u.__.some(function(h){h.__N&&(d=!0,bo(h.__[0],h.__N[0])||(m=!0))}),s){var f=s.call(this,r,i,c);return d?f||m:f}return!d||m}}return o.__}function O(t,e){var n=We(_e++,3);!U.__s&&xo(n.__H,e)&&(n.__P=!0,n.__=t,n.u=e,I.__H.__h.push(n))}function M(t,e){var n=We(_e++,4);!U.__s&&xo(n.__H,e)&&(n.__P=!1,n.__=t,n.u=e,I.__h.push(n))}function C(t){return rn=5,ie(function(){return{current:t}},[])}function ie(t,e){var n=We(_e++,7);return xo(n.__H,e)&&(n.__=t(),n.__H=e),n.__}function vo(t){var e=I.context[t.__c],n=We(_e++,9);return n.c=t,e?(n.__==null&&(n.__=!0,e.sub(I)),e.props.value):t.__}function ko(t){var e=We(_e++,10),n=w();return e.__=t,I.componentDidCatch||(I.componentDidCatch=function(o,s){e.__&&e.__(o,s),n[1](o)}),[n[0],function(){return n[1]()}]}function Jc(){var t;do{for(;t=_o.shift();)try{ut(t)}catch(n){U.__e(n,{__:(t=t.__P)&&t.__v})}for(;t=Or.shift();){var e=t.__H;if(t.__P&&e)try{e.__h.some(ut),e.__h.some(wo),e.__h=[]}catch(n){e.__h=[],U.__e(n,t.__v)}}}while(_o.length)}U.__b=function(t){I=null,kr&&kr(t)},U.__=function(t,e){t&&e.__k&&e.__k.__m&&(t.__m=e.__k.__m),Tr&&Tr(t,e)},U.__r=function(t){xr&&xr(t),_e=0;var e=(I=t.__c).__H;e&&(yo==I?I.__h=[]:(e.__h.some(ut),e.__h.some(wo),_e=0),e.__h=[],e.__.some(function(n){n.__N&&(n.__=n.__N),n.u=n.__N=void 0})),yo=I},U.diffed=function(t){Sr&&Sr(t);var e=t.__c;e&&e.__H&&(e.__H.__h.length&&Ar(Or.push(e)),e.__H.__.some(function(n){n.u&&(n.__H=n.u)})),yo=I=null},U.__c=function(t,e){e.some(function(n){try{n.__h.some(ut),n.__h=n.__h.filter(function(o){return!o.__||wo(o)})}catch(o){n.__h=[function(){throw o}]}}),Er&&Er(t,e)},U.unmount=function(t){Cr&&Cr(t);var e,n,o=t.__c;o&&o.__H&&(o.__H.__.some(function(s){try{if(s.__P&&s.__c){if(n===void 0){for(n=t.__;n&&(!n.__c||!n.__c.__P);)n=n.__;n=n&&n.__c}s.__P=n,Ar(_o.push(s))}else ut(s)}catch(r){e=r}}),o.__H=void 0,e&&U.__e(e,o.__v))};var Mr=typeof requestAnimationFrame=="function";function Qc(t){var e,n=function(){clearTimeout(o),Mr&&cancelAnimationFrame(e),setTimeout(t)},o=setTimeout(n,35);Mr&&(e=requestAnimationFrame(n))}function Ar(t){t!=1&&vr==U.requestAnimationFrame||((vr=U.requestAnimationFrame)||Qc)(Jc)}function ut(t){var e=I,n=t.__c;typeof n=="function"&&(t.__c=void 0,n()),I=e}function wo(t){var e=I;t.__c=t.__(),I=e}function xo(t,e){return!t||t.length!=e.length||e.some(function(n,o){return!bo(n,t[o])})}function Rr(t,e){return typeof e=="function"?e(t):e}var l=lr.bind(hr);function we(t){let e=["B","kB","MB","GB"],n=t;for(;n>=1024&&e.length>1;)n/=1024,e.shift();let o=Hn(n,e[0]!=="B"&&n<10?1:0);return S(26,e[0],{n:o})}function an(t){return t<1e3?S(27,"ms",{n:Math.round(t)}):S(27,"s",{n:Hn(t/1e3,1)})}function ve(t){return t.length<2?t.join(""):a(25,{first:t.slice(0,-1).join(a(23)),last:t.at(-1)})}var z=t=>t.filter(Boolean).join(a(24)),Dr=Ue({hour:"2-digit",minute:"2-digit"}),Zc=Ue({weekday:"long",day:"numeric",month:"long"}),el=Ue({dateStyle:"full"});function Lr(t){return new Date(t).getFullYear()===new Date().getFullYear()?Zc(t):el(t)}var de=Ue({day:"numeric",month:"short",year:"numeric"}),se=Ue({dateStyle:"medium",timeStyle:"short"});function ke({page:t,line_start:e,line_end:n}){return t?a(31,{page:t}):e?n>e?a(33,{first:e,last:n}):a(32,{line:e}):""}function Ir(t,e,n,o){let s=Ge(t,Math.max(0,n-e)),r=Ge(t,Math.max(0,o-e));return[t.slice(0,s),t.slice(s,r),t.slice(r)]}var Pr=t=>t.charAt(0).toUpperCase()+t.slice(1);function R({kind:t,reason:e,params:n={},message:o,hint:s}={}){let r=S(40,e,n)??S(40,t,n),i=r??o??a(42),c=S(41,e,n)??S(41,t,n),u=!r&&s||c;return{message:i.replace(/([^.!?])$/,"$1."),hint:u??""}}function cn(t){try{return JSON.stringify(JSON.parse(t),null,2)}catch{return t}}var Nr={plus:"M12 5v14M5 12h14",menu:"M4 7h16M4 12h16M4 17h10",files:"M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zM14 3v5h5M9 13h6M9 17h4",folder:"M3 7a2 2 0 0 1 2-2h4l2 2.500h8a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z",tag:"M4 4h7.500L20 12.500 12.500 20 4 11.500zM8 8h.01",send:"M12 19V5M6 11l6-6 6 6",stop:"M8 8h8v8H8z",copy:"M9 9h10v10a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2zM16 5a2 2 0 0 0-2-2H5a2 2 0 0 0-2 2v9a2 2 0 0 0 2 2",list:"M9 6h11M9 12h11M9 18h11M4 6h.01M4 12h.01M4 18h.01",check:"M5 12.500l4.500 4.500L19 7.500",retry:"M4 12a8 8 0 0 1 13.700-5.600L20 8.700M20 4v4.700h-4.700M20 12a8 8 0 0 1-13.700 5.600L4 15.300M4 20v-4.700h4.700",close:"M6 6l12 12M18 6L6 18",trash:"M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",pencil:"M4 20l1-4L16.500 4.500a2.100 2.100 0 0 1 3 3L8 19z",sun:"M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.400 1.400M17.600 17.600L19 19M5 19l1.400-1.400M17.600 6.400L19 5",moon:"M20 14.500A8.500 8.500 0 0 1 9.500 4 8.500 8.500 0 1 0 20 14.500z",down:"M6 9.500l6 6 6-6",left:"M14.500 6l-6 6 6 6",right:"M9.500 6l6 6-6 6",clip:"M20 11.500l-8 8a5 5 0 0 1-7-7l8.500-8.500a3.400 3.400 0 0 1 4.800 4.800L10 17.100a1.700 1.700 0 0 1-2.400-2.400L15 7.500",upload:"M12 15V4M7.500 8.500L12 4l4.500 4.500M4 16v3a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-3",alert:"M12 8v5M12 16.500v.1M10.300 4L2.700 17.500A2 2 0 0 0 4.400 20.500h15.200a2 2 0 0 0 1.700-3L13.700 4a2 2 0 0 0-3.400 0z",more:"M5 12h.01M12 12h.01M19 12h.01",people:"M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 20c0-3.600 2.900-6 6.500-6s6.500 2.400 6.500 6M16 4.300a3.500 3.500 0 0 1 0 6.400M18 14.400c2.100.800 3.500 2.800 3.500 5.600",search:"M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20.500 20.500L16 16",at:"M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM16 8v5.500a2.500 2.500 0 0 0 5 0V12a9 9 0 1 0-3.600 7.200",key:"M8 18a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9zM11.500 10.500L20 2M16.500 5.500l3 3",link:"M10 14a4 4 0 0 0 6 .400l3-3a4 4 0 0 0-5.700-5.700l-1.300 1.300M14 10a4 4 0 0 0-6-.400l-3 3a4 4 0 0 0 5.700 5.700l1.300-1.300",out:"M14 4h4a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-4M10 16l-4-4 4-4M6 12h10",shield:"M12 3l7.500 3v5.500c0 4.500-3 8-7.500 9.500-4.500-1.500-7.500-5-7.500-9.500V6z",user:"M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20.500c.500-3.900 3.600-6.500 7.500-6.500s7 2.600 7.500 6.500",up:"M7 11v9H4v-9zM7 11l4-8a2.500 2.500 0 0 1 2.500 2.500V9h5.300a2 2 0 0 1 2 2.400l-1.400 7a2 2 0 0 1-2 1.600H7",forward:"M5 5l8 7-8 7zM14 5l7 7-7 7z",pause:"M8 5v14M16 5v14",play:"M7 4.500l12 7.500-12 7.500z",download:"M12 4v11M7.500 10.500L12 15l4.500-4.500M4 16v3a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-3"},tl={"down-thumb":"up"},k=({name:t,size:e=20})=>l`
<svg class=${`icon icon-${t}`} width=${e} height=${e} viewBox="0 0 24 24"
aria-hidden="true" focusable="false">
<path d=${Nr[t]??Nr[tl[t]]} />
</svg>
`,K=({icon:t,label:e,...n})=>l`
<button type="button" class="icon-button" aria-label=${e} title=${e} ...${n}><${k}
name=${t} /></button>
`,le=({size:t=28})=>l`
<img class="logo" src="favicon.svg" width=${t} height=${t} alt="" />
`;function qr({state:t,actions:e}){let[n,o]=w(null),[s,r]=w(null),i=()=>e.listApprovals().then(o,r);O(()=>{i()},[]);let c=u=>e.revokeApproval(u).then(i,e.showError);return l`
<section aria-labelledby="approvals-title">
<h2 id="approvals-title">${a(219)}</h2>
<p class="muted">${a(220)}</p>
${s&&l`<p class="problem" role="alert">${R(s).message}</p>`}
${!s&&!n&&l`<p class="waiting">${a(11)}</p>`}
${n?.length===0&&l`<p class="muted">${a(221)}</p>`}
${n?.length>0&&l`<ul class="rows" aria-label=${a(219)}>
${n.map(u=>l`<li class="row" key=${u.approval_id}>
<${k} name="check" />
<span class="row-text"><span class="row-name">${u.title}</span>
<span class="muted">${nl(u,t.rooms)}</span></span>
<button type="button" class="button danger-text"
aria-label=${a(222,{title:u.title})}
onClick=${()=>c(u)}>${a(18)}</button>
</li>`)}
</ul>`}
</section>
`}function nl({server:t,room_id:e,created_at:n},o){let s=e&&o?.find(i=>i.room_id===e),r=e?a(223,{room:s?.name??a(224)}):a(225);return z([t,r,de(n)])}var ol=8;function Z({id:t,name:e,status:n,size:o=""}){return l`
<span class=${`avatar ${o}`} data-hue=${rl(t??e)}
aria-hidden="true">${sl(e)}${n&&l`<span class="presence" data-status=${n}></span>`}</span>
`}function sl(t){let e=[...t.trim().split(/\s+/)].filter(Boolean);return(e.length>1?[e[0],e.at(-1)]:e).map(o=>[...o][0].toUpperCase()).join("")||"?"}function rl(t){let e=0;for(let n of t)e=(e*31+n.codePointAt(0))%65521;return e%ol}var G=({text:t,codeClass:e})=>(t??"").split("`").map((n,o)=>o%2?l`<code class=${e}>${n}</code>`:n);function Y(t){let[e,n]=w(!1),[o,s]=w(null),r=C(!0);return O(()=>()=>r.current=!1,[]),{busy:e,problem:o,submit:async c=>{if(c?.preventDefault(),!e){n(!0),s(null);try{await t()}catch(u){r.current&&s(u)}r.current&&n(!1)}},setProblem:s}}function ln(t,e=!0){M(()=>{e&&matchMedia("(hover: hover)").matches&&t.current.querySelector("input").focus()},[e])}function q({error:t,id:e}){let n=il(t),{message:o,hint:s}=t?R(t):{},r=!!t?.retryAfterMs,i=r&&Math.ceil(t.retryAfterMs/1e3);return l`
<div id=${e} class="problem" role="alert">${t&&l`<${G} text=${[o,!r&&s].filter(Boolean).join(" ")} />
${r&&l`<span class="visually-hidden">${a(45,{seconds:i})}</span>`}`}</div>
${r&&l`<p class="problem" aria-hidden="true">${n>0?a(45,{seconds:n}):a(46)}</p>`}
`}function il(t){let[e,n]=w(0);return O(()=>{if(!t?.retryAfterMs)return;let o=Date.now()+t.retryAfterMs,s=()=>n(Math.max(0,Math.ceil((o-Date.now())/1e3)));s();let r=setInterval(s,500);return()=>clearInterval(r)},[t]),e}var al=0,Fr=()=>w(()=>`field-${++al}`)[0];function ee({label:t,hint:e,...n}){let o=Fr();return l`
<div class="field">
<label for=${o}>${t}</label>
<input id=${o} ...${n} aria-describedby=${e?`${o}-hint`:null} />
${e&&l`<small id=${`${o}-hint`} class="muted">${e}</small>`}
</div>
`}function V({label:t,options:e,value:n,onPick:o,quiet:s=!1,hint:r,...i}){let c=Fr();return l`
<div class=${s?"quiet-select":"field"}>
<label for=${c} class=${s?"visually-hidden":""}>${t}</label>
<select id=${c} class="select" value=${n} ...${i}
aria-describedby=${r?`${c}-hint`:null}
onChange=${u=>o(u.target.value)}>
${e.map(u=>l`<option key=${u.value} value=${u.value}
selected=${u.value===n}>${u.text}</option>`)}
</select>
${r&&l`<small id=${`${c}-hint`} class="muted">${r}</small>`}
</div>
`}var ce=t=>Object.fromEntries(new FormData(t));function X({label:t,onClose:e,className:n="",children:o}){let s=C(),r=C(!1);M(()=>{let u=s.current,d=document.activeElement;return u.showModal(),u.querySelector("[data-focus]")?.focus(),()=>{r.current=!0,u.close(),d?.focus()}},[]);let i=()=>!r.current&&e(),c=u=>u.target===s.current&&e();return l`
<dialog ref=${s} class=${`modal ${n}`} aria-label=${t} onClose=${i}
onClick=${c}>
<div class="modal-body">${o}</div>
</dialog>
`}async function me(t){try{await navigator.clipboard.writeText(t)}catch{cl(t)}}function cl(t){let e=document.createElement("textarea");e.value=t,document.body.append(e),e.select(),document.execCommand("copy"),e.remove()}function un({label:t,value:e}){let[n,o]=w(!1);return l`
<div class="copy-field">
<label class="field"><span>${t}</span>
<input readonly value=${e} spellcheck=${!1}
onFocus=${r=>r.target.select()} /></label>
<button type="button" class="button primary" data-focus onClick=${async()=>{await me(e),o(!0),setTimeout(()=>o(!1),2e3)}}><${k}
name=${n?"check":"copy"}
size=${16} /> ${n?a(4):a(5)}</button>
<span class="visually-hidden" role="status">${n?a(4):""}</span>
</div>
`}function Ie({title:t,text:e,label:n,value:o,close:s}){return l`
<${X} label=${t} onClose=${s}>
<h2>${t}</h2>
<p>${e}</p>
<${un} label=${n} value=${o} />
<div class="modal-buttons">
<button type="button" class="button" onClick=${s}>${a(8)}</button>
</div>
<//>
`}var ll=()=>[{value:"",text:a(445)},{value:"7",text:a(28,{count:7})},{value:"30",text:a(28,{count:30})},{value:"365",text:a(29,{count:1})}];function So({state:t,actions:e,userId:n}){let o=t.keys[n],[s,r]=w(null);O(()=>{e.loadKeys(n).catch(r)},[n]);let i=c=>dl(c,e,()=>e.revokeKey(c).catch(e.showError));return s?l`<p class="problem" role="alert">${R(s).message}</p>`:o?o.length?l`<ul class="rows" aria-label=${a(425)}>
${o.map(c=>l`<li class="row" key=${c.key_id}>
<${k} name="key" />
<span class="row-text"><span class="row-name">${c.label}</span>
<span class="muted">${ul(c)}</span></span>
<button type="button" class="button danger-text"
aria-label=${a(432,{label:c.label})}
onClick=${()=>i(c)}>${a(18)}</button>
</li>`)}
</ul>`:l`<p class="muted">${a(428)}</p>`:l`<p class="waiting">${a(427)}</p>`}function ul({scopes:t,created_at:e,expires_at:n,last_used_at:o}){return z([a(435,{scopes:ve(t.map(s=>S(38,s)))}),a(436,{date:de(e)}),n&&a(437,{date:de(n)}),o?a(438,{date:se(o)}):a(439)])}function dl(t,e,n){e.openDialog({title:a(433,{label:t.label}),text:a(434),verb:a(18),onConfirm:n})}function Ur({user:t,state:e,actions:n,close:o}){let s=t??e.user,[r,i]=w(""),[c,u]=w(null),{busy:d,problem:m,submit:f}=Y(async()=>{let{label:h,write:p,admin:$}=ce(document.getElementById("new-key")),g=["read",p&&"write",$&&"admin"].filter(Boolean),y={label:h.trim(),scopes:g,...r&&{days:Number(r)}};u(await n.createKey(s.id,y))});return c?l`<${Ie} label=${a(451)} value=${c} close=${o}
title=${t?a(448,{name:t.name}):a(447)}
text=${t?a(450,{name:t.name}):a(449)} />`:l`
<${X} label=${a(430)} onClose=${o}>
<form id="new-key" class="stack" onSubmit=${f}>
<h2>${t?a(431,{name:t.name}):a(430)}</h2>
<${ee} label=${a(440)} name="label" maxlength="100" required data-focus
placeholder=${a(441)} autocomplete="off" />
<fieldset class="checks"><legend>${a(442)}</legend>
<label class="check"><input
type="checkbox" checked disabled /> ${S(443,"read")}</label>
<label class="check"><input type="checkbox"
name="write" defaultChecked /> ${S(443,"write")}</label>
${ge(s)&&l`<label class="check"><input type="checkbox"
name="admin" /> ${S(443,"admin")}</label>`}
</fieldset>
<${V} label=${a(444)} value=${r} options=${ll()}
onPick=${i} />
<${q} error=${m} />
<div class="modal-buttons">
<button type="button" class="button" onClick=${o}>${a(1)}</button>
<button class="button primary" disabled=${d}>${a(446)}</button>
</div>
</form>
<//>
`}function Br({user:t,state:e,actions:n,close:o}){return l`
<${X} label=${a(426,{name:t.name})} className="wide" onClose=${o}>
<h2>${a(426,{name:t.name})}</h2>
<${So} state=${e} actions=${n} userId=${t.id} />
<div class="modal-buttons">
${e.user.role==="owner"&&Vt(t)&&l`<button type="button" class="button"
onClick=${()=>n.openDialog({kind:"new-key",user:t})}>${a(429)}</button>`}
<button type="button" class="button" data-focus
onClick=${o}>${a(2)}</button>
</div>
<//>
`}function jr({state:t,actions:e}){let{user:n}=t;return n?l`
<div class="view-scroll" tabindex="-1"><div class="view">
<h1>${a(410)}</h1>
<div class="me"><${Z} id=${n.id} name=${n.name} size="large" />
<div><p class="me-name">${n.name}</p>
<p class="muted">${a(411,{role:S(34,n.role),hint:S(35,n.role)})}</p></div></div>
<${ml} actions=${e} />
${Vt(n)&&l`<section aria-labelledby="keys-title">
<h2 id="keys-title">${a(425)}</h2>
<p class="muted">${a(412)}</p>
<${So} state=${t} actions=${e} userId=${n.id} />
<button type="button" class="button"
onClick=${()=>e.openDialog({kind:"new-key"})}><${k} name="plus" size=${16}
/> ${a(429)}</button>
</section>`}
<${qr} state=${t} actions=${e} />
<${pl} actions=${e} />
</div></div>
`:l`<p class="waiting view">${a(3)}</p>`}function ml({actions:t}){let e=C(),{busy:n,problem:o,submit:s}=Y(async()=>{let{current:r,password:i,repeated:c}=ce(e.current);if(i!==c)throw new Error(a(417));await t.changePassword(r,i),e.current?.reset()});return l`
<section aria-labelledby="password-title">
<h2 id="password-title">${a(13)}</h2>
<form ref=${e} class="stack narrow-form" onSubmit=${s}>
<${ee} label=${a(413)} name="current" type="password"
autocomplete="current-password"
hint=${a(414)} />
<${ee} label=${a(415)} name="password" type="password"
minlength="8" required
autocomplete="new-password" hint=${a(14)} />
<${ee} label=${a(416)} name="repeated" type="password" required
autocomplete="new-password" />
<${q} error=${o} />
<div><button class="button primary"
disabled=${n}>${a(418)}</button></div>
</form>
</section>
`}function pl({actions:t}){let e=()=>t.openDialog({title:a(423),text:a(424),verb:a(422),onConfirm:()=>t.logOutEverywhere().catch(t.showError)});return l`
<section aria-labelledby="logins-title">
<h2 id="logins-title">${a(420)}</h2>
<div class="buttons">
<button type="button" class="button"
onClick=${()=>t.logOut().catch(t.showError)}><${k} name="out" size=${16}
/> ${a(421)}</button>
<button type="button" class="button danger-text"
onClick=${e}>${a(422)}</button>
</div>
</section>
`}function zr({state:t,actions:e}){let{invitations:n,directory:o,rooms:s}=t,[r,i]=w(null);O(()=>{e.loadInvitations().catch(i),e.loadDirectory().catch(i)},[]);let c=m=>o?.find(f=>f.id===m)?.name??a(502),u=m=>s?.find(f=>f.room_id===m)?.name??a(503),d=m=>e.openDialog({title:a(507),text:a(508),verb:a(506),onConfirm:()=>e.revokeInvitation(m.invitation_id).catch(e.showError)});return l`
<div class="view-tools">
<button type="button" class="button primary"
onClick=${()=>e.openDialog({kind:"invite-to-server"})}><${k} name="link"
size=${18} /> ${a(452)}</button>
</div>
${r&&l`<p class="problem" role="alert">${R(r).message}</p>`}
${!n&&!r&&l`<p class="waiting">${a(498)}</p>`}
${n?.length===0&&l`<p class="muted">${a(499)}</p>`}
<ul class="rows" aria-label=${S(467,"invitations")}>
${n?.map(m=>l`<li class="row" key=${m.invitation_id}>
<${k} name="link" />
<span class="row-text">
<span class="row-name">${fl(m,u)}</span>
<span class="muted">${z([a(501,{name:c(m.inviter_id)}),a(504,{count:m.uses_left}),a(505,{date:se(m.expires_at)})])}</span>
</span>
<button type="button" class="button danger-text"
onClick=${()=>d(m)}>${a(506)}</button>
</li>`)}
</ul>
`}function fl({role:t,room_id:e,room_role:n},o){let s={role:S(34,t),roomRole:S(37,n)};return e?a(500,{...s,room:o(e)}):s.role}function he(t,e){let n=[...t.currentTarget.querySelectorAll(e)],o=n.indexOf(document.activeElement);if(o<0)return;let s={ArrowDown:o+1,ArrowUp:o-1,Home:0,End:n.length-1}[t.key];s!==void 0&&(t.preventDefault(),n[Math.min(Math.max(s,0),n.length-1)].focus())}var dn=t=>t.key==="Enter"&&!t.shiftKey&&!t.altKey&&!t.isComposing&&t.keyCode!==229;var mn=8;function ae({label:t,items:e,icon:n="more",children:o,...s}){let[r,i]=w(!1),c=C(),u=C(),d=e.filter(Boolean);if(M(()=>{r&&(u.current.showPopover(),hl(u.current,c.current),u.current.querySelector("[role=menuitem]")?.focus())},[r]),!d.length)return null;let m=()=>{i(!1),c.current?.focus()},f=p=>{p.key==="Escape"||p.key==="Tab"?(p.preventDefault(),m()):he(p,"[role=menuitem]")},h=p=>p.newState==="closed"&&i(!1);return l`
<button type="button" ref=${c} class="icon-button small" title=${t}
aria-label=${o?null:t} aria-haspopup="menu" aria-expanded=${r} ...${s}
onClick=${()=>i(!r)}>${o??l`<${k} name=${n} size=${18} />`}</button>
${r&&l`<div ref=${u} class="menu" role="menu" aria-label=${t} popover="auto"
onKeyDown=${f} onToggle=${h}>
${d.map(p=>l`<button type="button" role="menuitem" tabindex="-1" key=${p.text}
class=${`menu-item ${p.danger?"danger":""}`} onClick=${()=>{m(),p.act()}}><${k} name=${p.icon} size=${18} />${p.text}</button>`)}
</div>`}
`}function hl(t,e){let n=e.getBoundingClientRect(),{offsetWidth:o,offsetHeight:s}=t,r=n.bottom+mn+s<innerHeight,i=Math.min(Math.max(mn,n.right-o),innerWidth-o-mn);t.style.left=`${i}px`,t.style.top=`${r?n.bottom+4:Math.max(mn,n.top-s-4)}px`}function Wr({state:t,actions:e}){let{directory:n,user:o}=t,[s,r]=w(""),[i,c]=w(null),u=()=>e.loadDirectory().then(()=>c(null),c);O(()=>{u()},[]);let d=s.trim().toLowerCase(),m=(n??[]).filter(f=>f.name.toLowerCase().includes(d));return l`
<div class="view-tools">
<button type="button" class="button primary"
onClick=${()=>e.openDialog({kind:"add-user"})}><${k} name="plus" size=${18}
/> ${a(469)}</button>
<label class="field grow"><span class="visually-hidden">${a(470)}</span>
<input type="search" placeholder=${a(470)} value=${s}
onInput=${f=>r(f.target.value)} /></label>
</div>
${i&&l`<p class="problem" role="alert">${R(i).message}
<button type="button" class="link" onClick=${u}>${a(21)}</button></p>`}
${!n&&!i&&l`<p class="waiting">${a(471)}</p>`}
${n&&l`<p class="muted" role="status">${a(472,{count:m.length})}</p>`}
<ul class="rows" aria-label=${a(468)}>
${m.map(f=>l`<${$l} key=${f.id} user=${f} me=${o} actions=${e} />`)}
</ul>
`}function $l({user:t,me:e,actions:n}){let{id:o,name:s,role:r,status:i,created_at:c,has_password:u}=t,d=sr(e,t)&&i!=="deleted",m=Xt(e).map(h=>({value:h,text:S(34,h)})),f=h=>n.changeUser(o,{role:h}).catch(p=>{n.showError(p),n.loadDirectory().catch(n.showError)});return l`
<li class="row" data-user=${s} data-status=${i}>
<${Z} id=${o} name=${s} />
<span class="row-text">
<span class="row-name"
title=${s}>${s}${o===e.id&&l` <span class="muted">${a(22)}</span>`}
${i==="suspended"&&l`<span class="chip warn">${a(475)}</span>`}</span>
<span class="muted">${z([c&&a(473,{date:de(c)}),u===!1&&a(474)])}</span>
</span>
${d?l`<${V} quiet label=${a(36,{name:s})} value=${r} options=${m}
onPick=${f} />`:l`<span class="row-role muted">${S(34,r)}</span>`}
${d&&l`<${ae} label=${a(476,{name:s})}
items=${gl(t,n)} />`}
</li>
`}function gl(t,e){let{id:n,name:o,status:s}=t,r=(d,m)=>e.changeUser(n,d).then(()=>e.notify(m),e.showError),i=()=>e.openDialog({title:a(478,{name:o}),text:a(479,{name:o}),verb:a(477),onConfirm:()=>r({status:"suspended"},a(480,{name:o}))}),c=()=>e.openDialog({title:a(483,{name:o}),text:a(484,{name:o}),verb:a(6),onConfirm:()=>e.deleteUser(n).then(()=>e.notify(a(485,{name:o})),e.showError)}),u=()=>e.logOutUser(n).then(()=>e.notify(a(486,{name:o})),e.showError);return[{text:a(425),icon:"key",act:()=>e.openDialog({kind:"keys",user:t})},{text:a(492),icon:"retry",act:()=>e.openDialog({kind:"new-password",user:t})},{text:a(422),icon:"out",act:u},s==="suspended"?{text:a(481),icon:"play",act:()=>r({status:"active"},a(482,{name:o}))}:{text:a(477),icon:"pause",danger:!0,act:i},{text:a(6),icon:"trash",danger:!0,act:c}]}function Hr({state:t,actions:e}){let{tab:n}=t.view;return t.user?ge(t.user)?l`
<div class="view-scroll" tabindex="-1"><div class="view">
<h1>${a(465)}</h1>
<nav class="tabs" aria-label=${a(465)}>
${Ze.map(o=>l`<a key=${o} href=${Wt(o)}
aria-current=${n===o?"page":null}>${S(467,o)}</a>`)}
</nav>
${n==="invitations"?l`<${zr} state=${t} actions=${e} />`:l`<${Wr} state=${t} actions=${e} />`}
</div></div>
`:l`<div class="view"><h1>${a(465)}</h1>
<p class="muted">${a(466)}</p></div>`:l`<p class="waiting view">${a(3)}</p>`}var Eo="mentions",Co=t=>`mention-${t}`;function Kr({found:t,at:e,onPick:n}){return t?l`
<ul class="mentions" id=${Eo} role="listbox" aria-label=${a(169)}>
${t.all.map((o,s)=>l`<li key=${o.id} id=${Co(s)} class="mention-option" role="option"
aria-selected=${s===e} onMouseDown=${r=>{r.preventDefault(),n(o)}}>
${o.id==="assistant"?l`<${le} size=${24} />`:l`<${Z} id=${o.id} name=${o.name} size="small" />`}
<span class="mention-name">@${o.name}</span>
<span class="muted">${o.id==="assistant"?a(170):S(37,o.role)}</span>
</li>`)}
</ul>
<p class="visually-hidden" role="status">${a(171,{count:t.all.length})}</p>
`:null}var yl=CSS.supports("field-sizing","content");function Yr({state:t,actions:e,uploads:n,run:o,room:s,members:r,prefill:i}){let{roomId:c,chosen:u,models:d,modes:m,user:f}=t,h=H(s),p=je(t,c),$=C(),g=vl({area:$,text:p,members:r,me:f?.id,shared:h,put:y});M(()=>e.restoreDraft(c),[c]),M(()=>{i&&y(i.text,i.text.length)},[i]),M(()=>{matchMedia("(hover: hover)").matches&&!_l(t)&&$.current.focus()},[c]),M(()=>{yl||($.current.style.height="auto",$.current.style.height=`${$.current.scrollHeight}px`)},[p]);function y(b,E){$.current.value=b,$.current.focus(),$.current.setSelectionRange(E,E),e.editDraft(c,b)}function _({target:b}){e.editDraft(c,b.value),h&&e.setTyping(c,!!b.value.trim()),g.look()}let x=o&&!h;function v(){!p.trim()||x||(e.editDraft(c,""),e.endTyping(c),e.ask(p.trim()))}function A(b){g.onKeyDown(b)||(dn(b)?(b.preventDefault(),v()):b.key==="Escape"&&x&&(b.preventDefault(),e.stopRun(o.run_id)))}let j=b=>{b.preventDefault(),v()},W=()=>{let b=`@assistant ${p.replace(/^@assistant\s*/i,"")}`;y(b,b.length)};return l`
<form class="composer" onSubmit=${j}
aria-label=${h?a(150):a(149)}>
<${Kr} found=${g.found} at=${g.at} onPick=${g.pick} />
<textarea ref=${$} rows="1" value=${p} dir="auto" enterkeyhint="send"
aria-label=${h?a(152):a(151)}
placeholder=${h?a(154):a(153)}
aria-autocomplete=${h?"list":null}
aria-controls=${g.found?Eo:null}
aria-activedescendant=${g.found?Co(g.at):null}
onInput=${_} onKeyDown=${A} onKeyUp=${g.look} onClick=${g.look}
onBlur=${g.close}></textarea>
<${bl} only=${tt(t)} onRemove=${()=>{e.useAll(),$.current.focus()}} />
<p class="composer-note" role="status">${h&&t.ownDocuments&&a(157)}</p>
<div class="composer-row">
${Q(f)&&l`<${wl} uploads=${n} actions=${e} />`}
${h&&l`<${K} icon="at" label=${a(155)}
onClick=${W} />`}
${h&&Q(f)&&l`<${K} icon="files" label=${a(156)}
aria-pressed=${t.ownDocuments}
onClick=${()=>e.useOwnDocuments(!t.ownDocuments)} />`}
<${Gr} label=${a(161)}
value=${nt(t)??m[0]?.id}
onPick=${b=>e.setMode(b)}
options=${m.map(({id:b,title:E,description:T,background:D})=>({value:b,text:D?a(162,{mode:E}):E,title:T}))}
/>
<${Gr} label=${a(163)}
value=${Re(d,u.model)??t.provider?.model??d[0]?.id}
onPick=${b=>e.setChoice({model:b})}
options=${d.map(({id:b,loaded:E})=>({value:b,text:b,title:E?a(164):""}))}
/>
<span class="grow"></span>
${x?l`<button type="button" class="send stop" aria-label=${a(167)}
title=${a(168)} onClick=${()=>e.stopRun(o.run_id)}><${k}
name="stop"
/></button>`:l`<button class="send" aria-label=${a(165)}
title=${a(166)}
disabled=${!p.trim()}><${k} name="send" /></button>`}
</div>
</form>
`}function bl({only:t,onRemove:e}){return l`<p class="composer-only" role="status">${t&&l`<span class="composer-only-name">${t.name?a(158,{name:t.name}):a(159,{count:t.count})}</span><${K} icon="close" label=${a(160)} onClick=${e} />`}</p>`}var _l=({chats:t,roomId:e})=>!!t[e]?.target;function wl({uploads:t,actions:e}){let n=C();return l`
<input ref=${n} type="file" multiple hidden
onChange=${()=>{t.add(n.current.files),n.current.value="",e.openPanel({kind:"documents"})}} />
<${K} icon="clip" label=${a(263)}
onClick=${()=>n.current.click()} />
`}function vl({area:t,text:e,members:n,me:o,shared:s,put:r}){let[i,c]=w(null),[u,d]=w(0),m=()=>c(null),f=$=>{if($?.type==="keyup"&&["Escape","Enter","Tab","ArrowUp","ArrowDown"].includes($.key))return;let{value:g,selectionStart:y,selectionEnd:_}=t.current,x=s&&y===_&&zs(g,y),v=x?Ws(x.query,n,o):[];c(v.length?{mention:x,all:v}:null),x?.query!==i?.mention.query&&d(0)},h=$=>{let g=Hs(t.current.value,i.mention,$.name);m(),r(g.text,g.caret)};return M(()=>{e===""&&m()},[e===""]),{found:i,at:u,look:f,close:m,pick:h,onKeyDown:$=>{if(!i||$.isComposing)return!1;let g=i.all[u].name.toLowerCase()===i.mention.query.toLowerCase();if($.key==="Enter"&&g)return!1;let y=i.all.length;if($.key==="ArrowDown")d((u+1)%y);else if($.key==="ArrowUp")d((u+y-1)%y);else if($.key==="Enter"||$.key==="Tab")h(i.all[u]);else if($.key==="Escape")m();else return!1;return $.preventDefault(),!0}}}function Gr({label:t,value:e,options:n,onPick:o}){return n.length?l`
<label class="picker" data-single=${n.length===1}>
<span class="visually-hidden">${t}</span>
<select value=${e} onChange=${s=>o(s.target.value)}>
${n.map(s=>l`<option key=${s.value} value=${s.value}
title=${s.title} selected=${s.value===e}>${s.text}</option>`)}
</select>
<${k} name="down" size=${14} />
</label>
`:null}var kl=/^((Arrow|Page)(Up|Down)|Home|End| )$/;function Vr(t){let e=-1/0,n=!1,o=()=>{e=performance.now()},s=d=>{kl.test(d.key)&&!d.target.matches?.("input, textarea")&&o()},r=()=>{n=!0},i=()=>{n&&(o(),n=!1)},c=new AbortController,u={passive:!0,signal:c.signal};for(let d of["wheel","touchmove"])t.addEventListener(d,o,u);t.addEventListener("pointerdown",r,u);for(let d of["pointerup","pointercancel"])addEventListener(d,i,u);return addEventListener("keydown",s,u),{isRecent:()=>n||performance.now()-e<1e3,stop:()=>c.abort()}}function dt(t,e){let n=t.getBoundingClientRect(),{top:o,height:s}=e.getBoundingClientRect();t.scrollTop+=o-n.top-Math.max(0,(n.height-s)/2)}var xl=120,Sl=2500;function Xr(t,e,n){let o=C(),s=C(!0),r=C(0),i=C(null),[c,u]=w(!1),d=()=>{s.current=!0,i.current=null,u(!1),r.current=o.current.scrollHeight,o.current.scrollTop=r.current};M(()=>{s.current=!t,t&&(o.current.scrollTop=0)},[t,e,n?.pending.length]);let m=C(null);M(()=>{let _=new ResizeObserver(()=>{o.current&&(s.current&&!El(o.current)?d():i.current?.isConnected&&dt(o.current,i.current))});return m.current=_,_.observe(o.current),()=>_.disconnect()},[]);let f=C(null);M(()=>(f.current=Vr(o.current),f.current.stop),[]),M(()=>{let _=o.current.firstElementChild;m.current.unobserve(_),m.current.observe(_)},[e,n?.loading]);let h=C(null),p=_=>_.getBoundingClientRect().top-o.current.firstElementChild.getBoundingClientRect().top,$=()=>{let _=o.current.querySelector("article");h.current=_&&{node:_,top:p(_)},o.current.style.overflowAnchor="none"};M(()=>{h.current&&(h.current.node.isConnected&&!s.current&&(o.current.scrollTop+=p(h.current.node)-h.current.top),h.current=null,o.current.style.overflowAnchor="")},[n?.messages[0]?.message_id]);let g=()=>{if(!o.current)return;let{scrollHeight:_,scrollTop:x,clientHeight:v}=o.current,A=f.current.isRecent();A&&(i.current=null);let j=A||i.current;if(s.current&&_!==r.current&&!j)return;let W=s.current?Math.min(_,r.current):_;s.current=!t&&W-x-v<xl,u(!s.current&&!t)};return{element:o,onScroll:g,away:c,toEnd:d,toMessage:_=>{s.current=!1,i.current=_,Cl(o.current,_,()=>{i.current===_&&(i.current=null)}),g()},keepPlace:$}}var El=t=>t.contains(document.activeElement)&&document.activeElement.matches("textarea");function Cl(t,e,n){dt(t,e),e.style.visibility="visible",e.focus({preventScroll:!0}),e.dataset.found="true",setTimeout(()=>{delete e.dataset.found,n()},Sl)}var Jr=t=>Math.ceil(t.length/100)*24,Qr=t=>t.trimEnd().split(`
`).reduce((e,{length:n})=>e+(Math.ceil(n/100)||.5),0);var Tl=5*6e4;function Zr(t,e,n={},o=[]){let s=[],r=new Map,{hidden:i,versions:c,rootOf:u}=Xn(t,n,o),d=(h,p)=>{if(i.has(h))return;let $=r.get(h);if($)return $.answers.push(p);let g={key:`a-${h}`,kind:"answers",parentId:h,answers:[p]};r.set(h,g);let y=s.findIndex(_=>_.message?.message_id===h);g.question=s[y]?.message??null,s.splice(y<0?s.length:y+1,0,g)};for(let h of t)h.author.kind==="assistant"?d(h.parent_id??h.message_id,h):i.has(h.message_id)||s.push(m(h));function m(h){let p=c.get(u.get(h.message_id));return{key:h.message_id,kind:"message",message:h,versions:p}}let f=new Set(t.map(h=>h.message_id));for(let h of e)f.has(h.message_id)||d(h.parent_id??h.run_id,{run:h});for(let h of r.values())Ml(h,n[h.parentId]);return s.forEach((h,p)=>{h.message&&(h.follows=Ol(s[p-1]?.message,h.message))}),s}function Ml(t,e){let n=t.answers.filter(o=>!o.deleted_at);t.answers=n.length?n:t.answers.slice(-1),t.index=Al(t,e)}function Al({answers:t},e){let n=t.length-1;if(t[n].run)return n;let o=t.findIndex(s=>s.message_id===e);return o<0?n:o}function Ol(t,e){return!t||t.author.id!==e.author.id||t.deleted_at?!1:new Date(e.created_at)-new Date(t.created_at)<Tl}var Rl=2e3;function pn(t){let e=null,n=null,o=()=>n??=Dl(t).then(r=>e=r);function s(){let[,r]=w(e!==null);return M(()=>{let i=!1;return e||o().then(()=>!i&&r(!0)),()=>i=!0},[]),e}return{fetch:o,use:s}}async function Dl(t){for(;;)try{return await t()}catch{await To()}}var To=()=>new Promise(t=>{let e=()=>{clearTimeout(n),removeEventListener("online",e),t()},n=setTimeout(e,Rl);addEventListener("online",e)});var Ll=200;function Mo(t){let e=new Map,n=new Map,o=null,s=0;function r(){o=new Worker(new URL(t,import.meta.url),{type:"module"}),o.onmessage=({data:{id:c,result:u}})=>{let{key:d,resolve:m}=e.get(c);e.delete(c),n.set(d,u),n.size>Ll&&n.delete(n.keys().next().value),m(u)},o.onerror=async c=>{c.preventDefault(),await To(),r();for(let[u,{args:d}]of e)o.postMessage({id:u,args:d})}}function i(...c){let u=JSON.stringify(c);if(n.has(u))return Promise.resolve(n.get(u));o||r();let d=++s;return o.postMessage({id:d,args:c}),new Promise(m=>e.set(d,{key:u,args:c,resolve:m}))}return{call:i,cached:(...c)=>n.get(JSON.stringify(c))}}var He=pn(()=>import("./markdown_renderer.js")),Ao=Mo("./code_highlighter.js"),Oo=Mo("./math_renderer.js");var Il=8,Pl=2;function fn(t,{first:e,size:n,max:o,added:s=0}){let[,r]=w(0),i=C({from:null,size:n,turns:0}).current,c=performance.now();i.from===null&&t?i.from=Math.max(0,t-e):i.from&&(i.from+=s);let u=Math.min(i.from??0,t);return M(()=>{if(u)return(i.turns||e)&&(i.size=Nl(i.size,performance.now()-c,o)),jt(()=>{i.turns++,i.from=Math.max(0,i.from-i.size),r(d=>d+1)})},[u]),u}function Nl(t,e,n){let o=Math.round(t*Il/Math.max(e,1));return Math.max(1,Math.min(o,Pl*t,n))}var ql=40;function ei(t){let e=new Map,n=new Set,o=!1,s=0;function r(){o=!1,s=performance.now();let c=[...n];n.clear();for(let u of c)for(let d of e.get(u)??[])d()}function i(){o||(o=!0,setTimeout(r,Math.max(0,s+ql-performance.now())))}return{parts:c=>t.parts(c),grow(c){n.add(c),i()},subscribe(c,u){e.has(c)||e.set(c,new Set);let d=e.get(c);return d.add(u),()=>{d.delete(u),d.size||e.delete(c)}}}}var Ro=go(null);function Ke(t,e){let n=vo(Ro),o=t?.run_id,s=()=>o?n.parts(o):[],[,r]=w(null);return M(()=>{if(o)return n.subscribe(o,()=>r(e(s())))},[o]),s()}function hn(t,e){return(t??[]).filter(n=>n.kind===e).map(n=>n.text).join(`

`)}var mt=t=>[...new Set(t.filter(e=>e.text).map(e=>e.kind))].join();function ti({steps:t=[],parts:e=[]}){let n=e.filter(s=>s.kind==="reasoning").map(s=>({at:s.part+.5,part:s}));return[...t.map(s=>({at:s.part??0,step:s})),...n].sort((s,r)=>s.at-r.at)}function ni({steps:t=[]}){let e=t.filter(i=>i.progress!==void 0);if(!e.length)return null;let{progress:n,detail:o}=e.at(-1),s=e.at(-1).name,r=[...new Set(e.map(i=>i.name))].filter(i=>i!==s);return{done:n,stages:[...r,s],detail:o}}var Fl=["once","conversation","always","deny"],oi=({run:t,me:e,actions:n})=>t.awaiting?.map(o=>l`<${Ul} key=${o.call_id} call=${o} run=${t} me=${e}
actions=${n} />`);function Ul({call:t,run:e,me:n,actions:o}){let[s,r]=w(!1),{call_id:i,title:c,server:u,tool:d,arguments:m,characters_left_out:f}=t,h=async $=>{r(!0),await o.approve(e.run_id,i,$),r(!1)},p=u?a(215,{title:c,server:u}):a(214,{title:c});return l`
<section class="approval" aria-labelledby=${`${i}-title`}>
<p class="approval-title" id=${`${i}-title`} role="alert"><${k} name="shield" size=${18}
/> ${p}</p>
<p class="muted">${a(208)} (<code>${d}</code>)</p>
<pre tabindex="0" aria-label=${a(208)}>${cn(m)}</pre>
${f>0&&l`<p class="muted">${a(217,{count:f})}</p>`}
${e.user_id===n?l`<div class="approval-buttons">${Fl.map($=>l`<button type="button" key=${$} disabled=${s}
class=${`button${$==="once"?" primary":""}`}
onClick=${()=>h($)}>${S(216,$)}</button>`)}</div>`:l`<p class="muted">${a(218)}</p>`}
</section>
`}function xe({error:t,children:e}){let{message:n,hint:o}=R(t);return l`
<div class="failure" role="alert">
<${k} name="alert" />
<div>
<p class="failure-title"><${G} text=${n} /></p>
${o&&l`<p><${G} text=${o} /></p>`}
<div class="failure-buttons">${e}</div>
</div>
</div>
`}var Bl=new RegExp("(?:[^\\n]*\\n){1,40}","g"),si=t=>`${t}
`.match(Bl),ri=t=>t.split(`
`).reduce((e,n)=>Math.max(e,n.length),0);function ii(t,e){let{firstChild:n,childNodes:o}=t;o.length===1&&n.nodeType===Node.TEXT_NODE?jl(n,e):t.textContent=e}function jl(t,e){return t.data===e||(e.startsWith(t.data)?t.appendData(e.slice(t.data.length)):t.data=e),!0}var zl="1500px 0px",Do=new WeakMap,$n=new WeakMap,Lo=[];function Io(t,e){let n=t.closest(".scroll");Do.has(n)||Do.set(n,Wl(n));let o=Do.get(n);return $n.set(t,e),o.observe(t),()=>{o.unobserve(t),$n.delete(t)}}function Wl(t){let e=new IntersectionObserver(n=>{let o=n.filter(({isIntersecting:s})=>s);o.sort((s,r)=>r.boundingClientRect.bottom-s.boundingClientRect.bottom);for(let{target:s}of o)e.unobserve(s);o.length&&Lo.push(...o.map(({target:s})=>s))===o.length&&fe(ai)},{root:t,rootMargin:zl});return e}function ai(){let t=Lo.shift();$n.get(t)?.(),$n.delete(t),Lo.length&&fe(ai)}var ci=1500,Hl={first:2,size:2,max:4},li=8,Kl=1e5,ui=()=>({copy:a(5),code:a(247)}),Gl=()=>({source:t=>a(244,{n:t}),dropped:a(245)});function gn({text:t,sources:e=null,onCite:n,live:o=!1,eager:s=!0}){let r=He.use(),i=C(),[c,u]=w(s||o);O(()=>{if(!c)return Io(i.current,()=>u(!0))},[c]);let d=Jl(c&&r,t),m=fn(d?.length??0,Hl),f=d!==null&&m===0,h=C([]),p=C(new Map),$=y=>{let _=y.target.closest(".cite");if(_)return n?.(Number(_.dataset.index));let x=y.target.closest(".copy-code");x&&ru(x)};M(()=>{f&&e&&r.resolveCitations(i.current,e,Gl())},[f,t,e]);let g=C(!1);if(!d){let y=r&&!g.current&&c;return g.current=!y,l`<div ref=${i} class=${y?"markdown plain waits":"markdown plain"}
data-live=${o} style=${y&&di(t)}>${t}</div>`}return h.current=d.map((y,_)=>{if(_<m)return null;let x=h.current[_],v=o&&_===d.length-1;if(x?.block===y&&x.grows===v)return x;let A=l`<${Ql} key=${_} block=${y} grows=${v} renderer=${r} />`;return{block:y,grows:v,element:A}}),l`
<div ref=${i} class="markdown" data-live=${o} onClick=${$}>
${m>0&&l`<${Yl} blocks=${d.slice(0,m)} />`}
${Vl(h.current,m,p)}
</div>
`}function Yl({blocks:t}){let e=t.map(({raw:n})=>n.trimEnd()).join(`

`);return l`<div class="block waits" style=${di(e)}>${e}</div>`}var di=t=>({containIntrinsicBlockSize:`${Qr(t)}lh`});function Vl(t,e,n){let o=n.current;n.current=new Map;let s=Xl([...o.keys()],e,t.length);return s.forEach((r,i)=>{let c=t.slice(r,s[i+1]).map(({element:f})=>f),u=o.get(r),d=u?.blocks.length===c.length&&c.every((f,h)=>f===u.blocks[h]),m=()=>l`<div key=${r} class="blocks">${c}</div>`;n.current.set(r,d?u:{blocks:c,element:m()})}),[...n.current.values()].map(({element:r})=>r)}function Xl(t,e,n){let o=t.filter(s=>s<n);for(e<(o[0]??n)&&o.unshift(e);o.at(-1)+li<n;)o.push(o.at(-1)+li);return o}function Jl(t,e){let[,n]=w(0),o=C({text:"",blocks:[]}),s=C(!1),r=(e.startsWith(o.current.text)?o.current.text.length:0)+ci,i=C(e.length<=ci);t&&i.current&&(o.current=t.parse(e.slice(0,r),o.current));let c=e.length-o.current.text.length;return M(()=>{if(!(!t||!c))return jt(()=>{i.current=!0,n(u=>u+1)})},[t,o.current.text,c>0]),s.current||=t&&!c,s.current?o.current.blocks:null}function Ql({block:t,grows:e,renderer:n}){let{token:o,raw:s}=t,r={code:nu,list:eu}[o.type],i=C();return M(()=>{r||n.drawBlock(i.current,t,ui())},[s,r]),M(()=>{e||Zl(n,i.current)},[s,r,e]),l`<div key=${r?o.type:"html"} class="block" dir="auto" ref=${i}>
${r&&l`<${r} block=${t} grows=${e} renderer=${n} />`}</div>`}function Zl(t,e){let n=t.formulasIn(e);if(!n.length)return;let o=n.map(({tex:i,display:c})=>({tex:i,display:c})),s=i=>n.forEach((c,u)=>t.typeset(c,i[u])),r=Oo.cached(o);r?s(r):Oo.call(o).then(s)}function eu({block:t,renderer:e}){let{ordered:n,start:o,items:s,loose:r}=t.token,i=s.map((c,u)=>l`<${tu} key=${u} item=${c} loose=${r} renderer=${e} />`);return n?l`<ol start=${o||1}>${i}</ol>`:l`<ul>${i}</ul>`}function tu({item:t,loose:e,renderer:n}){let o=C();return M(()=>n.drawItem(o.current,t,ui()),[t.raw,e]),l`<li ref=${o}></li>`}function nu({block:{token:t},grows:e,renderer:n}){let o=n.languageOf(t.lang),s=o&&!e&&t.text.length<=Kl,r=ou(s?t.text:null,o),i=si(t.text),c=i.length>1&&{minWidth:`max(100%, ${ri(t.text)}ch)`};return l`
<div class="code">
<div class="code-head">
<span>${o||a(247)}</span>
<button type="button" class="copy-code">${a(5)}</button>
</div>
<pre tabindex="0"><code style=${c}>${i.map((u,d)=>l`<${su} key=${d} text=${u} pieces=${r?.[d]} />`)}</code></pre>
</div>
`}function ou(t,e){let[n,o]=w(null);return M(()=>{let s=!1;if(t!==null){let r=i=>!s&&o({code:t,language:e,groups:i});Ao.call(t,e).then(r)}return()=>s=!0},[t,e]),t===null?null:n?.code===t&&n.language===e?n.groups:Ao.cached(t,e)??null}function su({text:t,pieces:e}){let n=C();return M(()=>ii(n.current,t),[t]),M(()=>{let o=()=>n.current.replaceChildren(...e.map(mi));if(e)return Io(n.current,o)},[t,e]),l`<span class="lines" ref=${n}></span>`}function mi(t){if(typeof t=="string")return document.createTextNode(t);let e=document.createElement("span");return e.className=t.scope,e.append(...t.pieces.map(mi)),e}async function ru(t){await me(t.closest(".code").querySelector("code").textContent.replace(/\n$/,"")),t.textContent=a(4),setTimeout(()=>t.textContent=a(5),1500)}function yn({index:t,count:e,label:n,earlier:o,later:s,onTurn:r}){let i=(c,u,d,m)=>l`<button type="button" class="icon-button small" aria-label=${u}
disabled=${m} onClick=${()=>r(d)}><${k} name=${c} size=${16} /></button>`;return l`
<span class="siblings">
${i("left",o,-1,t===0)}
<span aria-label=${n}>${a(201,{index:t+1,count:e})}</span>
${i("right",s,1,t===e-1)}
</span>`}var bn=t=>`${t.n} ${ke(t)}`;function pi({citations:t,shown:e,onOpen:n}){let o=new Map([...t].reverse().map(s=>[bn(s),s]));return l`
<ul class="sources" aria-label=${a(243)}>
${[...o.values()].reverse().map(s=>l`
<li key=${bn(s)}>
<button type="button" class="source-chip"
aria-pressed=${!!e&&bn(e)===bn(s)}
onClick=${()=>n(s)} title=${s.quote}>
<span class="source-n">${s.n}</span>
<span class="source-title">${s.title}</span>
${ke(s)&&l`<span class="muted">${ke(s)}</span>`}
</button>
</li>`)}
</ul>
`}var _n=({at:t})=>l`<time datetime=${t} title=${se(t)}>${Dr(t)}</time>`;function Po({run:t,label:e,live:n=!1,me:o,fetch:s}){let[r,i]=w(!1),[c,u]=w(null),[d,m]=w(null),f=t??c,h=()=>s().then(u,m);return O(()=>{r&&!f&&s&&h()},[r]),l`
<details class="trace" open=${r} onToggle=${p=>i(p.target.open)}>
<summary><${k} name="right" size=${16} /> ${e}</summary>
${r&&(f?l`<${iu} run=${f} full=${c} live=${n} me=${o} onLoad=${h} />`:l`<p
class="muted">${d?R(d).message:a(11)}</p>`)}
</details>
`}function iu({run:t,full:e,live:n,me:o,onLoad:s}){let r=Ke(n?t:null,au),i=ti(n?{...t,parts:r}:t);return!i.length&&!n?l`<div class="trace-body"><p class="muted">${a(206)}</p></div>`:l`
<ol class="trace-body steps">
${i.map(({step:c,part:u})=>c?l`<li key=${`s${c.step}`} class="trace-item step">
<${cu} step=${c} full=${e} me=${o} onLoad=${s} /></li>`:l`<li key=${`p${u.part}`} class="trace-item"><${gn} text=${u.text} live=${n} /></li>`)}
</ol>
`}var au=t=>hn(t,"reasoning");function cu({step:t,full:e,me:n,onLoad:o}){let{name:s,detail:r,ms:i,arguments:c,is_error:u,approval:d}=t,[m,f]=w(!1),h=e?.steps.find($=>$.step===t.step);O(()=>{m&&!h&&o()},[m]);let p=z([S(207,s,{detail:r||s})??(r||s),d&&S(213,d),u&&a(212),i&&an(i)]);return c?l`
<details open=${m} onToggle=${$=>f($.target.open)}>
<summary><${k} name="right" size=${14} /> ${p}</summary>
${m&&l`<dl class="step-data">
<dt>${a(208)}</dt><dd><pre tabindex="0">${cn(c)}</pre></dd>
<dt>${a(209)}</dt><dd><${lu} step=${h} run=${e} me=${n} /></dd>
</dl>`}
</details>
`:p}function lu({step:t,run:e,me:n}){return t?t.result?l`<pre tabindex="0">${t.result}</pre>`:l`<p class="muted">${e.user_id===n?a(210):a(211)}</p>`:l`<p class="muted">${a(11)}</p>`}var uu=4;function fi({text:t,since:e}){return l`<p class="waiting"><span class="pulse"
aria-hidden="true"></span>${t}<${$i} since=${e} /></p>`}function hi({progress:{done:t,stages:e,detail:n},since:o}){let s=e.map(r=>S(226,r)??r);return l`
<div class="run-progress">
<p class="waiting"><span class="pulse" aria-hidden="true"></span>
<span class="stages">${s.map((r,i)=>l`<span key=${r} class="stage" data-now=${i===s.length-1}>${r}</span>`)}</span>
<span class="stage-detail" title=${n}>${n}</span>
<${$i} since=${o} /></p>
<progress class="progress" max="1" value=${t} aria-label=${a(227)}></progress>
</div>
`}function $i({since:t}){let[e,n]=w(0);return O(()=>{let s=setInterval(()=>n(Math.floor((Date.now()-new Date(t))/1e3)),1e3);return()=>clearInterval(s)},[t]),e<uu?null:l` <span class="muted">${S(27,"s",{n:e})}</span>`}function yi({entry:t,room:e,shared:n,me:o,actions:s,source:r,eager:i}){let{answers:c,index:u,parentId:d,question:m}=t,f=c[u],h=n&&l`<${du} question=${m} me=${o} />`,p=y=>s.selectAnswer(e.room_id,d,c[u+y].message_id),$=c.length>1&&!f.run&&l`<${yn} index=${u} count=${c.length}
earlier=${a(198)} later=${a(199)}
label=${a(200,{index:u+1,count:c.length})} onTurn=${p} />`;if(f.deleted_at)return l`<${mu} message=${f} head=${h} />`;let g=f.run?.message_id??f.message_id;return l`<${pu} key=${g} run=${f.run} message=${f.run?null:f}
room=${e} shared=${n} me=${o} question=${m} head=${h} actions=${s}
source=${r} siblings=${$} eager=${i} />`}function du({question:t,me:e}){let{id:n,name:o}=t?.author??{},s=n===e?a(196):a(197,{name:o});return l`
<p class="answer-head"><${le} size=${20} /> <strong>${a(39)}</strong>${" "}
${t&&l`<span class="muted">${s}</span>`}</p>
`}var mu=({message:t,head:e})=>l`
<article class="answer" id=${`m-${t.message_id}`} aria-label=${a(194)}
tabindex="-1">
${e}<p class="tombstone">${a(195)}</p>
</article>
`;function pu({run:t,message:e,...n}){let{head:o,shared:s,room:r,me:i,actions:c,question:u,source:d,siblings:m,eager:f}=n,h=e?.citations,p=t&&!t.unsaved,$=ie(()=>e&&hu(e),[e]),g=_=>{let{message_id:x,run_id:v}=e;c.openPanel({kind:"source",citation:_,citations:h,messageId:x,runId:v})},y=_=>g(h[_]);return l`
<article class="answer" id=${`m-${t?.message_id??e.message_id}`} tabindex="-1"
aria-label=${p?a(193):a(192)}
aria-busy=${p?"true":null}>
<h2 class="visually-hidden">${a(192)}</h2>
${o}
<${$u} run=${t} message=${e} me=${i} actions=${c} />
${t&&l`<${gu} run=${t} />`}
${t&&l`<${oi} run=${t} me=${i} actions=${c} />`}
<${fu} run=${t} message=${e} sources=${$} onCite=${y}
eager=${f} />
${t?.unsaved&&l`<${yu} error=${t.unsaved} />`}
${e&&l`<${_u} message=${e} me=${i} question=${u} actions=${c}
may=${ue(r)} />`}
${h?.length>0&&l`<${pi} citations=${h} shown=${d} onOpen=${g} />`}
${e?.citations_dropped>0&&l`<p class="dropped-note">${a(246,{count:e.citations_dropped})}</p>`}
${e?l`<${wu} message=${e} room=${r} me=${i} question=${u}
actions=${c} siblings=${m} />`:s&&!t.unsaved&&ue(r)&&l`<${bu} run=${t} actions=${c} />`}
</article>
`}function fu({run:t,message:e,sources:n,onCite:o,eager:s}){let r=Ke(t,gi),i=t?gi(r):e.text;return i&&l`<${gn} text=${i} sources=${n} onCite=${o}
live=${!!t} eager=${s} />`}var hu=({citations:t=[],citation_marks:e=[]})=>({citations:t,marks:e}),gi=t=>hn(t,"answer");function $u({run:t,message:e,me:n,actions:o}){let s=mt(Ke(t,mt)),{run_id:r}=t??e,i=()=>o.readRun(r),c=a(205);return t?!s&&!t.steps?.length?null:l`<${Po} run=${t} live=${!0} me=${n} fetch=${i}
label=${s==="reasoning"?a(202):c} />`:r&&l`<${Po} run=${e.detail} label=${c} me=${n} fetch=${i} />`}function gu({run:t}){let e=mt(Ke(t,mt)),n=ni(t);if(t.awaiting?.length)return null;if(n)return l`<${hi} progress=${n} since=${t.started_at} />`;if(e.includes("answer"))return null;let o=t.steps?.at(-1),s=e?a(202):o?o.detail||o.name:a(203);return l`<${fi} text=${s} since=${t.started_at} />`}function yu({error:t}){let{message:e,hint:n}=R(t);return l`<p class="ended" role="status">${[a(204),e,n].filter(Boolean).map(o=>o.replace(/[^.…!?]$/,"$&.")).join(" ")}</p>`}var bu=({run:t,actions:e})=>l`
<div class="answer-foot"><button type="button" class="button quiet"
onClick=${()=>e.stopRun(t.run_id)}><${k} name="stop" size=${16}
/> ${a(20)}</button></div>`;function _u({message:t,me:e,question:n,actions:o,may:s}){let{run_status:r,error:i,text:c,run_id:u}=t,d=()=>o.regenerate(t.message_id),m=s&&c&&l`<button type="button" class="button"
onClick=${()=>o.continueRun(u)}><${k} name="forward"
size=${16} /> ${a(231)}</button>`,f=$=>s&&l`<button type="button" class="button" onClick=${d}><${k} name="retry" size=${16}
/> ${$}</button>`;if(i)return l`<${xe} error=${i}>${m}${f(a(21))}<//>`;if(r!=="cancelled"&&r!=="interrupted")return null;let h=!n||n.author.id===e,p=r==="interrupted"?a(228):h?a(229):a(230);return l`<p class="ended">${p}</p>
<div class="ended-buttons">${m}${f(a(232))}</div>`}function wu({message:t,room:e,me:n,question:o,actions:s,siblings:r}){let{message_id:i,text:c,error:u,feedback:d={}}=t,m=ue(e),f=$=>s.rate(i,d[n]?.value===$?null:$),h=($,g)=>{let y=Object.values(d).filter(x=>x.value===$).length,_=d[n]?.value===$;return l`<button type="button" class="icon-button thumb" aria-pressed=${_}
aria-label=${y>1||y&&!_?a(237,{label:g,count:y}):g}
title=${g}
onClick=${()=>f($)}><${k} name=${$==="up"?"up":"down-thumb"}
size=${18} />${y>1&&l`<span>${y}</span>`}</button>`},p=()=>s.openDialog({title:a(240),text:a(241),verb:a(6),onConfirm:()=>s.deleteMessage(i)});return l`
<div class="answer-foot">
${r}
${c&&l`<${vu} text=${c} />`}
${m&&!u&&l`<${K} icon="retry" label=${a(233)}
onClick=${()=>s.regenerate(i)} />`}
${m&&c&&h("up",a(235))} ${m&&c&&h("down",a(236))}
${Jt(t,n,e,o)&&l`<${ae} label=${a(239)}
items=${[{text:a(6),icon:"trash",danger:!0,act:p}]} />`}
<${ku} message=${t} />
</div>
`}function vu({text:t}){let[e,n]=w(!1),o=async()=>{await me(t),n(!0),setTimeout(()=>n(!1),1500)};return l`<${K} icon=${e?"check":"copy"}
label=${e?a(4):a(238)} onClick=${o} />`}function ku({message:t}){let{usage:e,timings:n}=t.detail??{},o=n?.total_ms;return l`<span class="facts"><${_n} at=${t.created_at} />${a(24)}${z([t.cached_at&&a(234,{time:se(t.cached_at)}),t.model,e&&a(242,{count:e.output_tokens}),o&&an(o)])}</span>`}function pt({part:t,children:e}){let[n,o]=ko(r=>reportError(r));if(!n)return e;let s={message:S(47,t),hint:a(48)};return l`<${xe} error=${s}>
<button type="button" class="button" onClick=${o}>${a(21)}</button>
<button type="button" class="button"
onClick=${()=>location.reload()}>${a(15)}</button>
<//>`}function bi({message:t,answered:e,shared:n,actions:o,onEnd:s}){let[r,i]=w(t.text),c=C(),u=C(!1),{busy:d,problem:m,submit:f}=Y(async()=>{let y=r.trim();if(!y)return;let _={answers:u.current,shared:n};if(y===t.text&&!_.answers)return s();let x=o.editMessage(t,y,_);(n||!_.answers)&&await x,s()});M(()=>{c.current.focus(),c.current.setSelectionRange(r.length,r.length)},[]),M(()=>{c.current.style.height="auto",c.current.style.height=`${c.current.scrollHeight}px`},[r]);let p=(n?Ht(r):!0)&&(e||n),$=(y,_)=>{u.current=_,f(y)},g=y=>{y.key==="Escape"?(y.preventDefault(),s()):dn(y)&&$(y,p)};return l`
<form class="edit" onSubmit=${y=>$(y,p)}>
<textarea ref=${c} rows="1" dir="auto" value=${r} aria-label=${a(188)}
onInput=${y=>i(y.target.value)} onKeyDown=${g}></textarea>
<${q} error=${m} />
<div class="edit-buttons">
<button type="button" class="button" onClick=${s}>${a(1)}</button>
${p&&l`<button type="button" class="button" disabled=${d||!r.trim()}
onClick=${y=>$(y,!1)}>${a(190)}</button>`}
<button class="button primary"
disabled=${d||!r.trim()}>${p?a(191):a(189)}</button>
</div>
</form>
`}var xu=1500;function _i({entry:t,room:e,shared:n,me:o,names:s,answered:r,actions:i}){let{message:c,follows:u}=t,[d,m]=w(!1),{author:f,message_id:h}=c,p=f.id===o,$=p?a(172):f.name;return c.deleted_at?l`<article class="question" id=${`m-${h}`} data-mine=${p} tabindex="-1"
aria-label=${a(173,{name:$})}>
<p class="tombstone">${p?a(174):a(175,{name:f.name})}</p>
</article>`:l`
<article class="question" id=${`m-${h}`} data-mine=${p} data-follows=${u}
aria-label=${$} tabindex="-1">
${!u&&l`<p class="author">${!p&&l`<${Z} id=${f.id} name=${f.name} size="small" />`}
${!p&&l`<span class="author-name">${f.name}</span>`}
<${_n} at=${c.created_at} /></p>`}
${d?l`<${bi} message=${c} answered=${r} shared=${n}
actions=${i} onEnd=${()=>m(!1)} />`:l`<div class="said">
<div class="bubble">${Ks(c.text,s).map(g=>g.mention?l`<span class="mention">${g.text}</span>`:g.text)}${c.edited_at&&l` <span class="edited">${a(176)}</span>`}</div>
<${Eu} message=${c} room=${e} me=${o} actions=${i}
answered=${r} onEdit=${()=>m(!0)} />
</div>
<${Su} entry=${t} actions=${i} />`}
</article>
`}function Su({entry:{message:t,versions:e},actions:n}){if(!e)return null;let o=e.indexOf(t.message_id);return l`<${yn} index=${o} count=${e.length}
earlier=${a(178)} later=${a(179)}
label=${a(180,{index:o+1,count:e.length})}
onTurn=${s=>n.selectVersion(t.room_id,e,e[o+s])} />`}function Eu({message:t,room:e,me:n,actions:o,answered:s,onEdit:r}){let{message_id:i,text:c}=t,u=()=>me(c).then(()=>o.notify(a(181))),d=()=>o.openDialog({title:a(182),text:a(183),verb:a(6),onConfirm:()=>o.deleteMessage(i)});return l`<span class="message-tools"><${ae} label=${a(177)} items=${[{text:a(5),icon:"copy",act:u},io(t,n,e)&&{text:a(9),icon:"pencil",act:r},io(t,n,e)&&s&&{text:a(233),icon:"retry",act:()=>o.regenerate(i)},Jt(t,n,e)&&{text:a(6),icon:"trash",danger:!0,act:d}]} /></span>`}function Cu(t){let[e,n]=w(!1);return O(()=>{let o=setTimeout(()=>n(!0),xu);return()=>{clearTimeout(o),n(!1)}},[t]),e}function wi({item:t,online:e,onAgain:n,onDiscard:o}){let s=t.error&&R(t.error),r=Cu(e)?a(184):"";return l`
<article class="question" aria-label=${a(172)} data-mine="true" data-pending="true">
<div class="bubble">${t.text}</div>
${!t.error&&l`<p class="pending-note"
role="status">${e?r:a(185)}</p>`}
${s&&l`<${xe} error=${t.error}>
<button type="button" class="button" onClick=${n}><${k} name="retry" size=${16}
/> ${a(186)}</button>
<button type="button" class="button" onClick=${o}>${a(187)}</button>
<//>`}
</article>
`}var Tu=1500,[Mu,Au]=[1,50],Ou=2;function wn({state:t,chat:e,room:n,runs:o,actions:s,scroll:r,onTarget:i}){let{roomId:c,user:u,connection:d,panel:m}=t,f=d.status==="online",h=H(n),p=ie(()=>Zr(e?.messages??[],o,e?.shown,e?.pending),[e?.messages,e?.shown,e?.pending,t.runs]),$=e?.members??n?.members??[],g=$.map(v=>v.name).join(`
`),y=ie(()=>h?g.split(`
`):[],[g,h]),_=C();if(M(()=>{He.fetch()},[]),e?.error){let v=e.error.kind==="not_found";return l`<${xe} error=${v?Iu():e.error}>
${!v&&l`<button type="button" class="button"
onClick=${()=>s.loadRoom(c)}>${a(21)}</button>`}
<a class="button" href="#">${a(62)}</a>
<//>`}if(e?.loading&&!p.length&&!e.pending.length)return l`<p
class="waiting">${f?a(142):a(143)}</p>`;let x=!p.length&&!e?.pending.length;return l`
<section ref=${_} aria-label=${a(139)} data-shared=${h}>
<h1 class="visually-hidden">${n?.name??a(139)}</h1>
${e?.older&&l`<${Ru} key=${e.older} area=${r.element} online=${f}
onLoad=${()=>(r.keepPlace(),s.loadOlder(c))} />`}
${x&&l`<${Fu} shared=${h} actions=${s} />`}
<${Du} key=${c} entries=${p} section=${_} room=${n}
target=${e?.target} onTarget=${i}
shared=${h} me=${u?.id} names=${y} actions=${s} panel=${m} />
${h&&l`<${zu} last=${e?.messages.at(-1)} members=${$} me=${u?.id} />`}
${e?.pending.map(v=>l`<${wi} key=${v.id} item=${v} online=${f}
onAgain=${()=>s.resend(c,v)}
onDiscard=${()=>s.discardPending(c,v.id)} />`)}
</section>
`}function Ru({area:t,online:e,onLoad:n}){let o=C(),[s,r]=w(!1),i=()=>{r(!0),n().finally(()=>r(!1))};return O(()=>{if(!e)return;let c={root:t.current,rootMargin:`${Tu}px 0px 0px`},u=new IntersectionObserver(([d])=>{d.isIntersecting&&(u.disconnect(),i())},c);return u.observe(o.current),()=>u.disconnect()},[e]),l`<button type="button" class="button older" ref=${o} disabled=${s}
onClick=${i}>${s?a(11):a(144)}</button>`}function Du({entries:t,section:e,target:n,onTarget:o,...s}){let r=Bu(t),i=Lu(t),c=C(null),u=Math.max(0,t.findIndex(h=>h.key===c.current));c.current=t[0]?.key;let d=t.length-i,m=fn(t.length,{first:i?0:d,size:d,max:Ou,added:u});Nu(e,t,m),Pu(n,t,m,o),qu(e,t,m);let f=`${qo(t.slice(0,m))}px`;return l`
${m>0&&l`<div class="reserve" style=${{height:f}} />`}
${t.slice(m).map((h,p)=>l`<${ju} key=${h.key} entry=${h} ...${s}
answered=${t[m+p+1]?.parentId===h.message?.message_id}
date=${r[m+p]} eager=${m+p>=i} />`)}
`}function Lu(t){let e=0,n=t.length;for(;n>0&&e<Mu*innerHeight;)e+=qo([t[--n]]);return n}var qo=t=>t.reduce((e,{message:n,answers:o,index:s})=>{let{text:r=""}=n??o[s];return e+Au+Jr(r)},0),Iu=()=>({message:a(140),hint:a(141)});function Pu(t,e,n,o){M(()=>{let s=t&&document.getElementById(`m-${t}`);s&&o(s)},[t,e,n])}function Nu(t,e,n){let o=C(null);M(()=>{let s=[...t.current?.children??[]].filter(i=>i.matches("article")),r=o.current?s.indexOf(o.current):0;o.current=s[0]??null,s.slice(0,Math.max(r,0)).forEach((i,c)=>{i.style.containIntrinsicBlockSize=`auto ${qo([e[n+c]])}px`,i.dataset.settled="true"})},[n])}function qu(t,e,n){O(()=>{if(n)return;let o=null,s=new IntersectionObserver(r=>{s.disconnect();let i=r.filter(({isIntersecting:c})=>!c);i.length&&(o=fe(()=>{for(let{target:c}of i)c.dataset.settled="true"}))});for(let r of t.current?.children??[])r.matches("article")&&!r.dataset.settled&&s.observe(r);return()=>{s.disconnect(),o?.()}},[e,n])}function Fu({shared:t,actions:e}){return l`<div class="nothing">
<p>${t?a(145):a(146)}</p>
${!t&&l`<button type="button" class="button"
onClick=${()=>e.openPanel({kind:"members"})}>${a(359)}</button>`}
</div>`}var No=new WeakMap;function Uu(t){return No.has(t)||No.set(t,new Date(t.created_at).toDateString()),No.get(t)}function Bu(t){let e=null;return t.map(({message:n,question:o,answers:s})=>{let r=n??(o?null:s[0]),i=r?.created_at?Uu(r):e,c=i!==e;return e=i,c?r.created_at:null})}function ju({entry:t,room:e,shared:n,me:o,names:s,actions:r,panel:i,answered:c,date:u,eager:d}){let m=t.answers?.[t.index],f=i?.kind==="source"&&i.messageId===m?.message_id?i.citation:null;return ie(()=>{let h=t.kind==="message"?l`<${_i} entry=${t} room=${e} shared=${n} me=${o} names=${s}
answered=${c} actions=${r} />`:l`<${yi} entry=${t} room=${e} shared=${n} me=${o} actions=${r}
source=${f} eager=${d} />`,p=l`<${pt} part="message">${h}<//>`;return u?l`<p class="day">${Lr(u)}</p>${p}`:p},[t.message??t.question,t.follows,t.versions?.length,m?.run??m,t.answers?.length,t.index,f,n,e?.role,s,c,u,o])}function zu({last:t,members:e,me:n}){if(!t||t.author.id!==n)return null;let o=e.filter(r=>r.id!==n&&r.read_seq>=t.seq);if(!o.length)return null;let s=o.length>3?a(30,{count:o.length}):ve(o.map(r=>r.name));return l`<p class="seen">${a(147,{names:s})}</p>`}function vi({typing:t={}}){let e=Object.values(t);if(!e.length)return l`<p class="typing" data-idle="true"></p>`;let n=e.length>3?a(138):ve(e);return l`<p class="typing">
<span class="typing-dots" aria-hidden="true"><i></i><i></i><i></i></span>
<span class="typing-names">${n}</span> ${a(137,{count:e.length})}
</p>`}function ki({state:t,actions:e,uploads:n,onExample:o}){let s=(t.documents??[]).filter(i=>i.status==="ready"),r=t.documents!==null;return t.user&&!J(t.user)?l`<${Wu} state=${t} />`:l`
<div class="welcome">
<${le} size=${44} />
<h1>${a(104)}</h1>
<p class="lead">${a(105)}</p>
${r&&!t.documents.length&&l`<${Hu} actions=${e}
uploads=${n} />`}
${r&&t.documents.length>0&&l`<${Ku} documents=${t.documents}
actions=${e} />`}
${r&&(t.provider?.name==="extractive"?l`<${Gu}
/>`:l`<${Yu} ready=${s} onExample=${o} />`)}
</div>
`}function Wu({state:t}){return l`
<div class="welcome">
<${le} size=${44} />
<h1>${a(106,{name:t.user.name})}</h1>
<p class="lead">${t.rooms?.length?a(107):a(108)}</p>
</div>
`}function Hu({actions:t,uploads:e}){let n=C(),o=()=>{e.add(n.current.files),t.openPanel({kind:"documents"})};return l`
<div class="first-drop">
<${k} name="upload" size=${24} />
<p class="with-mouse"><strong>${a(109)}</strong></p>
<p class="without-mouse"><strong>${a(110)}</strong></p>
<p class="muted">${a(111)}</p>
<input ref=${n} type="file" multiple hidden onChange=${o}
/>
<button type="button" class="button primary"
onClick=${()=>n.current.click()}>${a(112)}</button>
</div>
`}function Ku({documents:t,actions:e}){let n=t.filter(r=>r.status==="ready").length,o=t.filter(r=>r.status==="failed").length,s=t.length-n-o;return l`
<button type="button" class="library" onClick=${()=>e.openPanel({kind:"documents"})}>
<${k} name="files" size=${18} />
<span>
${a(113,{count:n})}
${s>0&&l`<span class="muted">${a(24)}${a(114,{count:s})}</span>`}
${o>0&&l`<span class="problem">${a(24)}${a(115,{count:o})}</span>`}
</span>
</button>
`}var Gu=()=>l`<p
class="tip muted">${a(116)}</p>`;function Yu({ready:t,onExample:e}){let[{title:n}={},o]=t;return l`
<div class="examples">
<h2>${n?a(118):a(117)}</h2>
<ul>
${Vu(n,o?.title).map(s=>l`<li key=${s} class="example-item"><button type="button" class="example"
onClick=${()=>e(s)}>${s}</button></li>`)}
</ul>
</div>
`}function Vu(t,e){return t?[a(123,{title:t}),a(124,{title:t}),e?a(125,{title:t,other:e}):a(122)]:[a(119),a(120),a(121)]}function xi({state:t,actions:e,uploads:n}){let{roomId:o}=t,s=t.chats[o??"new"],r=t.rooms?.find($=>$.room_id===o),i=H(r),c=Object.values(t.runs).filter($=>$.room_id===o),u=c.find($=>$.status==="running"&&!$.unsaved),[d,m]=w(null),f=!o&&!s?.pending.length,h=Xr(f,o,s),p=$=>{h.toMessage($),e.clearTarget(o)};return Ju(t,s,h.away,e),l`
<div class="chat" data-empty=${f}>
<div class="scroll" ref=${h.element} onScroll=${h.onScroll} tabindex="-1">
<div class="thread">
${f?l`<${ki} state=${t} actions=${e} uploads=${n}
onExample=${$=>m({text:$})} />`:l`<${wn} state=${t} chat=${s} room=${r} runs=${c}
actions=${e} scroll=${h} onTarget=${p} />`}
</div>
</div>
<div class="dock">
${h.away&&l`<button type="button" class="to-end" onClick=${h.toEnd}><${k}
name="down" size=${16} /> ${a(126)}</button>`}
${i&&l`<${vi} typing=${s?.typing} />`}
${Xu(t,r,s)&&l`<${Yr} state=${t} actions=${e} uploads=${n} run=${u}
room=${r} members=${s?.members??r?.members} prefill=${d} />`}
<${Qu} state=${t} room=${r} shared=${i} />
</div>
<${Zu} chat=${s} roomId=${o} me=${t.user?.id} />
</div>
`}function Xu({roomId:t,user:e},n,o){return o?.error?!1:t?ue(n):!e||J(e)}function Ju({visible:t,view:e,roomId:n,connection:o,rooms:s},r,i,c){let u=r?.loading?0:r?.messages.at(-1)?.seq??0,d=t&&!i&&e.name==="chat"&&o.status==="online";O(()=>{d&&n&&u&&c.markRead(n,u)},[d,n,u,s===null])}function Qu({state:t,room:e,shared:n}){let{provider:o,roomId:s,user:r}=t;return!s&&r&&!J(r)?null:e&&!ue(e)?l`<p class="footnote reading">${a(127)}</p>`:n?l`<p class="footnote quiet"><${G} text=${a(128)} /></p>`:o?.name!=="extractive"?l`<p class="footnote quiet">${a(129)}</p>`:l`<div class="footnote">
${a(130)}${" "}
${o.hint&&l`<details
class="hint"><summary>${a(131)}</summary><span><${G}
text=${Pr(o.hint)} /></span></details>`}
</div>`}function Zu({chat:t,roomId:e,me:n}){let[o,s]=w(""),r=C({}),i=t?.messages.at(-1);return O(()=>{let c=r.current.roomId===e&&r.current.ready,u=c&&i&&i.seq>r.current.seq;u&&i.author.kind==="assistant"?s(ed(i)):u&&i.author.id!==n?s(a(132,{name:i.author.name,text:i.text.slice(0,300)})):(!c||t?.error)&&s(""),r.current={roomId:e,seq:i?.seq??0,ready:!t?.loading}},[i,e,t?.loading,t?.error]),l`<p class="visually-hidden" aria-live="polite">${o}</p>`}function ed({run_status:t,error:e,text:n,citations:o}){if(e)return a(133,{message:R(e).message});if(t==="cancelled")return a(134);let s={text:n.slice(0,300),count:o?.length};return s.count?a(136,s):a(135,s)}function Si({actions:t}){let[e,n]=w(null),[o,s]=w(null),r=()=>t.listGrants().then(n,s);O(()=>{r()},[]);let i=c=>t.openDialog({title:a(533,{name:c.client_name}),text:a(534),verb:a(531),onConfirm:()=>t.revokeGrant(c).then(r,t.showError)});return l`
<section aria-labelledby="apps-title">
<h2 id="apps-title">${a(528)}</h2>
${o&&l`<p class="problem" role="alert">${R(o).message}</p>`}
${!o&&!e&&l`<p class="waiting">${a(11)}</p>`}
${e?.length===0&&l`<p class="muted">${a(529)}</p>`}
${e?.length>0&&l`<ul class="rows" aria-label=${a(528)}>
${e.map(c=>l`<li class="row" key=${c.grant_id}>
<${k} name="link" />
<span class="row-text"><span class="row-name">${c.client_name}</span>
<span class="muted">${td(c)}</span></span>
<button type="button" class="button danger-text"
aria-label=${a(532,{name:c.client_name})}
onClick=${()=>i(c)}>${a(531)}</button>
</li>`)}
</ul>`}
</section>
`}function td({redirect_host:t,scopes:e,created_at:n,used_at:o}){return z([t,a(435,{scopes:ve(e.map(s=>S(38,s)))}),a(530,{date:de(n)}),o?a(438,{date:se(o)}):a(439)])}var nd=["darwin","win32","linux"],od={darwin:"~/",linux:"~/",win32:"%USERPROFILE%\\"};function Ei({actions:t}){let[e,n]=w(null),[o,s]=w(null);return O(()=>{t.listConnectors().then(n,s)},[]),l`
<div class="view-scroll" tabindex="-1"><div class="view">
<h1>${a(509)}</h1>
<p class="muted">${a(510)}</p>
${o&&l`<p class="problem" role="alert">${R(o).message}</p>`}
${!o&&!e&&l`<p class="waiting">${a(11)}</p>`}
${e&&l`<${sd} url=${e.url} /><${rd} offer=${e} />`}
<${Si} actions=${t} />
</div></div>
`}function sd({url:t}){return l`
<section aria-labelledby="address-title">
<h2 id="address-title">${a(511)}</h2>
<p class="muted">${a(512)}</p>
<${un} label=${a(513)} value=${t} />
</section>
`}function rd({offer:t}){let[e,n]=w(t.connectors[0].id),[o,s]=w(ld(location.hostname)?"local":"remote"),[r,i]=w(ud()),c=t.connectors.find(m=>m.id===e),u=o==="local"&&c.local,d=t.connectors.map(({id:m,title:f})=>({value:m,text:f}));return l`
<section aria-labelledby="clients-title">
<h2 id="clients-title">${a(514)}</h2>
<div class="field-row">
<${V} label=${a(515)} value=${e} options=${d} onPick=${n} />
<${V} label=${a(516)} value=${r} options=${nd.map(m=>({value:m,text:S(517,m)}))} onPick=${i} />
${c.local&&l`<${V} label=${a(518)} value=${o} onPick=${s}
options=${["remote","local"].map(m=>({value:m,text:S(519,m)}))} />`}
</div>
<${id} client=${c} url=${t.url} platform=${r} local=${u} />
</section>
`}function id({client:t,url:e,platform:n,local:o}){let s=cd(t,n),r=o||t.remote,i=o?"":` --server ${e.replace(/\/mcp$/,"")}`;return r?l`
<p><${G} text=${a(520,{file:s})} codeClass="path" /></p>
<${Fo} label=${a(521,{client:t.title})} text=${r} />
<p>${a(522)}</p>
<${Fo} label=${a(523)} text=${o?t.install:`basicchat mcp install ${t.id}${i}`} />
<p class="muted">${t.then}</p>
`:l`<${ad} client=${t} server=${i} url=${e} />`}function ad({client:t,server:e,url:n}){return l`
<p>${a(524,{client:t.title})}</p>
<${Fo} label=${a(523)}
text=${`basicchat mcp install ${t.id}${e} --token KEY`} />
<p class="muted">${t.then} ${n.startsWith("https:")?a(525):a(526)}</p>
`}function Fo({label:t,text:e}){let[n,o]=w(!1),s=async()=>{await me(e),o(!0),setTimeout(()=>o(!1),2e3)};return l`<div class="code">
<div class="code-head"><span>${t}</span>
<button type="button" class="copy-code" aria-label=${a(527,{label:t})}
onClick=${s}>${n?a(4):a(5)}</button></div>
<pre tabindex="0"><code>${e}</code></pre>
<span class="visually-hidden" role="status">${n?a(4):""}</span>
</div>`}function cd({files:t},e){let n=t[e]??t.linux;return od[e]+(e==="win32"?n.replaceAll("/","\\"):n)}function ld(t){return t==="localhost"||t==="[::1]"||/^127\./.test(t)}function ud(){let t=navigator.userAgentData?.platform??navigator.platform??"";return/^mac/i.test(t)?"darwin":/^win/i.test(t)?"win32":"linux"}var dd=[1,3,7,30],md=[1,5,25,100],pd=()=>dd.map(t=>({value:String(t*24),text:a(28,{count:t})})),fd=()=>md.map(t=>({value:String(t),text:a(30,{count:t})}));function hd(){let[t,e]=w("72"),[n,o]=w("1");return l`<div class="field-row">
<${V} label=${a(453)} name="hours" value=${t} options=${pd()}
onPick=${e} />
<${V} label=${a(454)} name="uses" value=${n} options=${fd()}
onPick=${o} />
</div>`}function Uo({id:t,invite:e,title:n,text:o,close:s,children:r}){let[i,c]=w(null),{busy:u,problem:d,submit:m}=Y(async()=>{let{hours:f,uses:h}=ce(document.getElementById(t));c(await e({hours:Number(f),uses:Number(h)}))});return i?l`<${Ie} title=${n} label=${a(456)} value=${i}
close=${s}
text=${o} />`:l`
<${X} label=${a(452)} onClose=${s}>
<form id=${t} class="stack" onSubmit=${m}>
<h2>${a(452)}</h2>
${r}
<${hd} />
<${q} error=${d} />
<div class="modal-buttons">
<button type="button" class="button" onClick=${s}>${a(1)}</button>
<button class="button primary" disabled=${u}>${a(455)}</button>
</div>
</form>
<//>
`}var $d=()=>["member","viewer"].map(t=>({value:t,text:S(461,t)}));function Ci({room:t,actions:e,close:n}){let[o,s]=w("member");return l`
<${Uo} id="room-link" invite=${i=>e.createInvitation({room_id:t.room_id,room_role:o,...i})} close=${n}
title=${a(457)} text=${a(458)}>
<p>${a(459,{room:t.name})}</p>
<${V} label=${a(460)} value=${o} options=${$d()} onPick=${s}
data-focus />
<//>
`}function Mi({label:t,user:e,role:n,onPick:o,...s}){let r=Xt(e).map(i=>({value:i,text:S(34,i)}));return l`<${V} label=${t} value=${n} options=${r} onPick=${o}
hint=${S(35,n)} ...${s} />`}function Ai({state:t,actions:e,close:n}){let[o,s]=w("member"),[r,i]=w(null),{busy:c,problem:u,submit:d}=Y(async()=>{let{name:m,password:f}=ce(document.getElementById("add-user")),h=await e.addUser({name:m.trim(),role:o,...f&&{password:f}});h.password?i(h):(n(),e.notify(a(490,{name:h.user.name})))});if(r){let{name:m}=r.user;return l`<${Ie} title=${a(489,{name:m})} label=${a(13)}
value=${r.password} close=${n} text=${a(491,{name:m})} />`}return l`
<${X} label=${a(469)} onClose=${n}>
<form id="add-user" class="stack" onSubmit=${d}>
<h2>${a(469)}</h2>
<${ee} label=${a(12)} name="name" maxlength="100" required data-focus
autocomplete="off"
hint=${a(487)} />
<${Mi} label=${a(19)} user=${t.user} role=${o}
onPick=${s} />
<${ee} label=${a(13)} name="password" type="password" minlength="8"
autocomplete="new-password" hint=${a(488)} />
<${q} error=${u} />
<div class="modal-buttons">
<button type="button" class="button" onClick=${n}>${a(1)}</button>
<button class="button primary" disabled=${c}>${a(0)}</button>
</div>
</form>
<//>
`}function Oi({state:t,actions:e,close:n}){let[o,s]=w("member");return l`
<${Uo} id="invite-to-server" invite=${i=>e.createInvitation({role:o,...i})} close=${n}
title=${a(462)} text=${a(463)}>
<${Mi} label=${a(464)} user=${t.user} role=${o}
onPick=${s}
data-focus />
<//>
`}function Ri({user:t,actions:e,close:n}){let[o,s]=w(null),{busy:r,problem:i,submit:c}=Y(async()=>{let d=gd();await e.changeUser(t.id,{password:d}),s(d)}),{name:u}=t;return o?l`<${Ie} title=${a(496,{name:u})}
label=${a(13)}
value=${o} close=${n} text=${a(497,{name:u})} />`:l`
<${X} label=${a(492)} onClose=${n}>
<form class="stack" onSubmit=${c}>
<h2>${a(493,{name:u})}</h2>
<p>${a(494,{name:u})}</p>
<${q} error=${i} />
<div class="modal-buttons">
<button type="button" class="button" data-focus
onClick=${n}>${a(1)}</button>
<button class="button primary" disabled=${r}>${a(495)}</button>
</div>
</form>
<//>
`}var Ti="abcdefghijkmnpqrstuvwxyz23456789";function gd(){let t=crypto.getRandomValues(new Uint8Array(20));return Array.from(t,n=>Ti[n%Ti.length]).join("").match(/.{5}/g).join("-")}function Di({invitation:t,actions:e}){let{busy:n,problem:o,submit:s}=Y(e.acceptInvitation),{room:r,error:i}=t,c=e.dismissInvitation,u=i?a(396):a(395),d=!!i||"role"in t;return l`
<${X} label=${u} onClose=${c}>
<form class="stack" onSubmit=${s}>
<h2>${u}</h2>
${!d&&l`<p class="waiting">${a(397)}</p>`}
${i&&l`<${q} error=${i} />`}
${d&&!i&&l`<p>${r?Li(t):a(398)}</p>`}
<${q} error=${o} />
<div class="modal-buttons">
<button type="button" class="button" data-focus
onClick=${c}>${r?a(399):a(2)}</button>
${r&&l`<button class="button primary" disabled=${n}>${a(400)}</button>`}
</div>
</form>
<//>
`}function Li({inviter:t=a(401),room:e}){return e?a(402,{inviter:t,room:e.name}):a(403,{inviter:t})}function Ii({invitation:t,actions:e,onLogIn:n}){let o=C(),{busy:s,problem:r,submit:i}=Y(async()=>{let{name:d,password:m}=ce(o.current);await e.acceptWithNewAccount(d.trim(),m)}),{error:c,role:u}=t;if(ln(o,!c&&!!u),c){let d=c.kind==="not_found";return l`<h1>${d?a(396):a(395)}</h1>
<${q} error=${c} />
${!d&&l`<button type="button" class="button primary wide"
onClick=${()=>e.previewInvitation(t.code)}>${a(21)}</button>`}
<button type="button" class="button wide"
onClick=${e.dismissInvitation}>${a(405)}</button>`}return u?l`
<h1>${a(395)}</h1>
<p>${Li(t)} ${S(404,u)}</p>
<form ref=${o} class="stack" onSubmit=${i}>
<${ee} label=${a(406)} name="name" maxlength="100" required
autocomplete="username"
hint=${a(407)} />
<${ee} label=${a(408)} name="password" type="password"
minlength="8" required
autocomplete="new-password" hint=${a(14)} />
<${q} error=${r} />
<button class="button primary wide" disabled=${s}>${a(400)}</button>
</form>
<button type="button" class="link" onClick=${n}>${a(409)}</button>
`:l`<h1>${a(395)}</h1><p class="waiting">${a(397)}</p>`}var yd={"add-user":Ai,"invite-to-server":Oi,"new-password":Ri,"new-key":Ur,keys:Br,prompt:_d,"room-link":Ci};function bd({title:t,text:e,verb:n,onConfirm:o,close:s}){let r=()=>{s(),o()};return l`
<${X} label=${t} onClose=${s}>
<h2>${t}</h2>
<p>${e}</p>
<div class="modal-buttons">
<button type="button" class="button" data-focus
onClick=${s}>${a(1)}</button>
<button type="button" class="button danger" onClick=${r}>${n}</button>
</div>
<//>
`}function _d({title:t,text:e,label:n,value:o,verb:s,onConfirm:r,close:i}){let[c,u]=w(o);return l`
<${X} label=${t} onClose=${i}>
<form onSubmit=${m=>{m.preventDefault(),i(),c.trim()&&c.trim()!==o&&r(c.trim())}}>
<h2>${t}</h2>
${e&&l`<p>${e}</p>`}
<label class="field">
<span>${n}</span>
<input data-focus value=${c} maxlength="200" required
onInput=${m=>u(m.target.value)}
onFocus=${m=>m.target.select()} />
</label>
<div class="modal-buttons">
<button type="button" class="button" onClick=${i}>${a(1)}</button>
<button class="button primary">${s}</button>
</div>
</form>
<//>
`}function Pi({state:t,actions:e}){let{dialog:n,invitation:o}=t,r={...n,state:t,actions:e,close:()=>e.openDialog(null)};if(!n)return l`<${Di} invitation=${o} actions=${e} />`;let i=yd[n.kind]??bd;return l`<${i} key=${n.kind} ...${r} />`}function Bo({document_id:t,title:e},n){n.openDialog({title:a(269),text:a(270,{title:e}),verb:a(6),onConfirm:()=>n.deleteDocument(t)})}function Se({title:t,modal:e,onClose:n,tools:o,children:s}){let r=C();return M(()=>{let i=document.activeElement;return r.current.focus(),()=>i?.isConnected&&i.focus()},[]),l`
<div class="panel" ref=${r} tabindex="-1" role=${e?"dialog":"complementary"}
aria-modal=${e||null} aria-label=${t}>
<header class="panel-head">
<h2 title=${t}>${t}</h2>
${o}
<${K} icon="close" label=${a(2)} onClick=${n} />
</header>
<div class="panel-body" tabindex="0">${s}</div>
</div>
`}function Ni({state:t,actions:e,uploads:n,modal:o}){let{documents:s,tasks:r}=t,i=t.limits.max_upload_bytes,c=C(),u=()=>{n.add(c.current.files),c.current.value=""};return l`
<${Se} title=${a(262)} modal=${o} onClose=${()=>e.openPanel(null)}>
<div class="drop-here">
<input ref=${c} type="file" multiple hidden
onChange=${u} />
<button type="button" class="button primary"
onClick=${()=>c.current.click()}><${k} name="upload" size=${18}
/> ${a(263)}</button>
<a class="button" href=${et()}><${k} name="folder" size=${18}
/> ${a(277)}</a>
<span class="muted"><span class="with-mouse">${a(264)} </span>${i&&a(265,{size:we(i)})}</span>
</div>
${s===null&&l`<p class="waiting">${a(266)}</p>`}
${s?.length===0&&!t.uploads.length&&l`<p
class="panel-empty">${a(267)}</p>`}
<ul class="documents" aria-label=${a(262)}
onKeyDown=${d=>he(d,".document-name")}>
${t.uploads.map(d=>l`<${qi} key=${d.id} upload=${d}
uploads=${n} />`)}
${s?.map(d=>l`<${wd} key=${d.document_id} doc=${d}
task=${r[d.task_id]} actions=${e}
edits=${!d.collection_id||rt(st(t,d.collection_id))} />`)}
</ul>
<//>
`}function qi({upload:t,uploads:e}){let{name:n,size:o,status:s,libraryId:r,progress:i,error:c,again:u}=t,d=s==="failed"||s==="duplicate";return l`
<li class="document" data-status=${s}>
<div class="document-main">
<span class="document-title">${n}</span>
${s==="failed"?l`<p class="problem" role="alert"><${G} text=${c} /></p>`:l`<span
class="muted">${z([S(336,r&&s==="duplicate"?"present":s),we(o)])}</span>`}
${s==="uploading"&&l`<${Fi} value=${i} label=${a(337,{name:n})}
/>`}
</div>
${u&&l`<button type="button" class="icon-button small"
aria-label=${a(338,{name:n})} title=${a(21)}
onClick=${()=>e.again(t)}><${k} name="retry" size=${16} /></button>`}
${d&&l`<button type="button" class="icon-button small"
aria-label=${a(339,{name:n})}
title=${a(7)} onClick=${()=>e.dismiss(t.id)}><${k}
name="close" size=${16}
/></button>`}
</li>
`}function wd({doc:t,task:e,actions:n,edits:o}){let{document_id:s,title:r,status:i,error:c,notes:u}=t,d=()=>n.openPanel({kind:"source",document:t}),m=i==="queued"||i==="indexing";return l`
<li class="document" data-status=${i}>
<div class="document-main">
<button type="button" class="document-name document-title" disabled=${i!=="ready"}
title=${r} onClick=${d}>${r}</button>
${i==="failed"?l`<p class="problem"><${G}
text=${c??a(271)}
/></p>`:l`<span class="muted">${vd(t,e)}</span>`}
${i==="ready"&&u?.map(({kind:f,params:h,text:p})=>l`<p key=${f} class="document-note">${S(275,f,h)??p}</p>`)}
${m&&l`<${Fi} value=${e?.progress} label=${a(274,{title:r})} />`}
</div>
${o&&l`<button type="button" class="icon-button small"
aria-label=${a(268,{title:r})} title=${a(6)}
onClick=${()=>Bo(t,n)}><${k} name="trash" size=${16} /></button>`}
</li>
`}function vd({status:t,pages:e,bytes:n},o){return t==="queued"?a(272):t==="indexing"?o?.message||a(273):z([we(n),e&&a(276,{count:e})])}function Fi({value:t,label:e}){return l`<progress class="progress" max="1" value=${t??null}
aria-label=${e}></progress>`}function kd(t){let e=t.slice(1),n=S(383,e);return n&&{message:n,hint:S(384,e)}}function Ui({state:t,actions:e}){let{invitation:n}=t,[o,s]=w(!1);return l`
<main class="login">
<div class="login-card">
<${le} size=${40} />
${n&&!o?l`<${Ii} invitation=${n} actions=${e}
onLogIn=${()=>s(!0)} />`:l`<${xd} state=${t} actions=${e} />`}
</div>
</main>
`}function xd({state:t,actions:e}){let[n,o]=w(null),[s]=w(()=>kd(location.hash));O(()=>{e.loginOptions().then(o,()=>{})},[]);let r=t.connection.status==="forbidden"||t.user!==null;return l`
<h1>${a(378)}</h1>
${s?l`<${q} error=${s} />`:r&&l`<${Sd} state=${t} />`}
<${Ed} state=${t} actions=${e} />
${n?.oidc&&l`<p class="or"><span>${a(382)}</span></p>
<a class="button wide"
href=${n.oidc.path.replace(/^\//,"")}>${a(381,{name:n.oidc.name})}</a>`}
<${Cd} actions=${e} />
`}function Sd({state:t}){let n=t.connection.status==="forbidden"?{message:a(385),hint:a(386)}:{message:a(387),hint:a(388)};return l`<${q} error=${n} />`}function Ed({actions:t}){let e=C(),{busy:n,problem:o,submit:s}=Y(async()=>{let{name:r,password:i}=ce(e.current);await t.logIn(r.trim(),i)});return ln(e),l`
<form ref=${e} class="stack" onSubmit=${s}>
<${ee} label=${a(12)} name="name" required autocomplete="username"
autocapitalize="none"
spellcheck=${!1} />
<${ee} label=${a(13)} name="password" type="password" required
autocomplete="current-password" />
<${q} error=${o} />
<button class="button primary wide"
disabled=${n}>${n?a(380):a(379)}</button>
</form>
`}function Cd({actions:t}){let[e,n]=w(""),{busy:o,problem:s,submit:r}=Y(async()=>{let i=e.match(/[?&]code=([^&\s]+)/)?.[1];if(i)return location.assign(`login?code=${i}`);try{await t.logInWithToken(e.trim())}catch{throw Object.assign(new Error(a(393)),{hint:a(394)})}});return l`
<details class="other-ways">
<summary>${a(389)}</summary>
<form class="stack" onSubmit=${r}>
<p class="muted"><${G} text=${a(390)} /></p>
<${ee} label=${a(391)} name="token" required value=${e}
autocomplete="off" spellcheck=${!1} placeholder="…/login?code=…"
onInput=${i=>n(i.target.value)} />
<${q} error=${s} />
<button class="button wide" disabled=${o}>${a(392)}</button>
</form>
</details>
`}var Ho={};Te(Ho,{actions:()=>Fd,events:()=>Ud,initial:()=>qd,roomOf:()=>Ee,signals:()=>Bd,statusOf:()=>Ce});var Wo={};Te(Wo,{actions:()=>Md,chat:()=>F,events:()=>Ad,initial:()=>Td,merge:()=>vn,queuedCount:()=>ht,signals:()=>Od});var Td={chats:{},runs:{}},ji={messages:[],pending:[],older:null,loading:!0,error:null,shown:{},members:null,presence:{},typing:{},target:null},Bi=50,Md={snapshot:(t,e)=>Rd(t,e),"chat.failed":(t,{roomId:e,error:n})=>F(t,e,()=>({loading:!1,error:n})),"chat.loading":(t,{roomId:e})=>F(t,e,()=>({loading:!0,error:null})),older:(t,{roomId:e,messages:n,next:o})=>F(t,e,s=>({messages:vn(n,s.messages),older:o??null})),shown:(t,{roomId:e,shown:n})=>F(t,e,o=>({shown:{...o.shown,...n}})),target:(t,{roomId:e,messageId:n})=>F(t,e,()=>({target:n})),pending:(t,{roomId:e,item:n})=>F(t,e,o=>({pending:[...o.pending,n]})),"pending.failed":(t,{roomId:e,id:n,error:o})=>F(t,e,s=>({pending:s.pending.map(r=>r.id===n?{...r,error:o}:r)})),"pending.done":(t,{roomId:e,id:n})=>F(t,e,o=>({pending:o.pending.filter(s=>s.id!==n)})),"pending.accepted":(t,{roomId:e,id:n,seq:o})=>Nd(t,e,n,o),"pending.moved":(t,{from:e,roomId:n,id:o})=>Pd(t,e,n,o),run:(t,{run:e})=>zo(t,e)},Ad={"message.created":(t,e)=>Qn(jo(t,e),e),"message.updated":(t,e)=>jo(t,e),"message.deleted":(t,e)=>jo(t,e),"feedback.set":(t,e)=>Ld(t,e),"run.started":(t,e)=>zo(t,e),"run.step":(t,e)=>zo(t,e),"run.completed":(t,e)=>ft(t,e),"run.failed":(t,e)=>ft(t,e),"run.cancelled":(t,e)=>ft(t,e),"run.interrupted":(t,e)=>ft(t,e),"room.deleted":(t,{room_id:e})=>Id(t,e)};function F(t,e,n){let o=t.chats[e]??ji;return{...t,chats:{...t.chats,[e]:{...o,...n(o)}}}}var ht=({chats:t})=>Object.values(t).flatMap(e=>e.pending).filter(e=>!e.error&&!e.accepted).length,Od={unsaved:(t,{data:e})=>{let n=t.runs[e.run_id];return n?{...t,runs:{...t.runs,[e.run_id]:{...n,unsaved:e}}}:t}};function Rd(t,{room_id:e,room:n,messages:o,members:s,presence:r,active_runs:i}){let c=o[0]?.seq,u=F(t,e,f=>{let p=f.messages.some(g=>g.seq>=c)||o.length<Bi?f.messages.filter(g=>g.seq<c):[],$=p.length?f.older:o.length>=Bi?c:null;return{messages:vn(p,o),pending:f.pending.filter(g=>!g.accepted),older:$,loading:!1,error:null,members:s??n?.members??f.members,presence:r??{},typing:{}}}),d=Object.entries(t.runs).filter(([,f])=>f.room_id!==e),m=Object.fromEntries(d);for(let f of i){let h=t.runs[f.run_id];m[f.run_id]={steps:[],...h,...zi(f),room_id:e,status:"running"}}return{...u,runs:m}}function vn(t,e){return[...new Map([...t,...e].map(o=>[o.message_id,o])).values()].sort((o,s)=>o.seq-s.seq)}function jo(t,e){return F(t,e.room_id,n=>{let o=n.messages.find(u=>u.message_id===e.message_id);if(!o&&n.older!==null&&e.seq<n.older)return{};let r=e.author.id===t.user?.id&&!o?n.pending.findIndex(u=>!u.error&&u.text===e.text):-1,i={...n.shown};!o&&e.author.kind==="assistant"&&delete i[e.parent_id],!o&&e.edits&&delete i[e.edits];let c=o?.detail&&!e.deleted_at?{detail:o.detail}:{};return{messages:vn(n.messages,[{...e,...c}]),pending:r<0?n.pending:n.pending.filter((u,d)=>d!==r),shown:i,members:Dd(n.members,e.author.id,e.seq)}})}var Dd=(t,e,n)=>t?.map(o=>o.id===e&&(o.read_seq??0)<n?{...o,read_seq:n}:o)??null;function Ld(t,{message_id:e,room_id:n,user_id:o,value:s,comment:r}){return F(t,n,i=>({messages:i.messages.map(c=>{if(c.message_id!==e)return c;let{[o]:u,...d}=c.feedback??{};return s&&(d[o]={value:s,...r&&{comment:r}}),{...c,feedback:d}})}))}function zo(t,e){if(e.status!=="running")return ft(t,e);let n={...t.runs[e.run_id],...zi(e)};return{...t,runs:{...t.runs,[e.run_id]:n}}}var zi=({parts:t,...e})=>({awaiting:[],...e});function ft(t,e){let n={...t.runs};delete n[e.run_id];let o={steps:e.steps,parts:e.parts,usage:e.usage,timings:e.timings};return{...F(t,e.room_id,r=>({messages:r.messages.map(i=>i.message_id===e.message_id?{...i,detail:o}:i)})),runs:n}}function Id(t,e){let n=t.rooms?.filter(i=>i.room_id!==e)??null,o=Object.fromEntries(Object.entries(t.runs).filter(([,i])=>i.room_id!==e)),s={...ji,loading:!1,error:{kind:"not_found"}},r=t.panel?.kind==="members"&&t.roomId===e?null:t.panel;return{...t,rooms:n,runs:o,panel:r,chats:{...t.chats,[e]:s}}}function Pd(t,e,n,o){let s=t.chats[e].pending.find(i=>i.id===o),r=F(t,e,i=>({pending:i.pending.filter(c=>c!==s)}));return F(r,n,i=>({pending:[...i.pending,s],loading:!1}))}function Nd(t,e,n,o){return F(t,e,({pending:s,messages:r})=>{let i=s.find(u=>u.id===n);return r.some(u=>i&&u.seq>=o-2&&u.text===i.text)?{pending:s.filter(u=>u!==i)}:{pending:s.map(u=>u===i?{...u,accepted:!0}:u)}})}var qd={directory:null,invitations:null,keys:{}},Fd={directory:(t,{users:e})=>({...t,directory:e.map(Wi)}),"directory.put":(t,{user:e})=>({...t,directory:t.directory&&kn("id",t.directory,Wi(e))}),"directory.removed":(t,{userId:e})=>({...t,directory:t.directory?.filter(n=>n.id!==e)??null}),invitations:(t,{invitations:e})=>({...t,invitations:e}),"invitation.put":(t,{invitation:e})=>({...t,invitations:t.invitations&&kn("invitation_id",t.invitations,e)}),"invitation.removed":(t,{id:e})=>({...t,invitations:t.invitations?.filter(n=>n.invitation_id!==e)??null}),keys:(t,{userId:e,keys:n})=>({...t,keys:{...t.keys,[e]:n}}),"key.put":(t,{key:e})=>Ki(t,e.user_id,n=>kn("key_id",n,e)),"key.removed":(t,{userId:e,keyId:n})=>Ki(t,e,o=>o.filter(s=>s.key_id!==n)),"typing.expired":(t,{roomId:e,userId:n})=>Gi(t,e,n)},Ud={"member.joined":(t,e,{stream:n})=>Hi(t,e,n),"member.changed":(t,e,{stream:n})=>Hi(t,e,n),"member.left":(t,{id:e},{stream:n})=>F(t,Ee(n),o=>{let{[e]:s,...r}=o.presence;return{members:o.members?.filter(i=>i.id!==e)??null,presence:r}})},Bd={presence:(t,{stream:e,data:n})=>F(t,Ee(e),o=>{let s={...o.presence,...n.joined};for(let r of n.left)delete s[r];return{presence:s}}),typing:(t,{stream:e,data:{user:n,typing:o}})=>n.id===t.user?.id?t:o?F(t,Ee(e),s=>({typing:{...s.typing,[n.id]:n.name}})):Gi(t,Ee(e),n.id)},Ee=t=>t.slice(5),Ce=(t,e)=>t?.[e]?.status??"offline",Wi=t=>({status:"active",...t});function Gi(t,e,n){return t.chats[e]?.typing[n]?F(t,e,({typing:{[n]:o,...s}})=>({typing:s})):t}function Hi(t,e,n){return F(t,Ee(n),o=>({members:kn("id",o.members??[],e)}))}var Ki=(t,e,n)=>({...t,keys:{...t.keys,[e]:n(t.keys[e]??[])}});function kn(t,e,n){return e.some(s=>s[t]===n[t])?e.map(s=>s[t]===n[t]?n:s):[...e,n]}function Yi({state:t,actions:e}){let{rooms:n,roomId:o,view:s,visible:r,drafts:i}=t;if(!n)return l`<p class="sidebar-empty">${a(87)}</p>`;if(!n.length)return l`<p class="sidebar-empty">${!t.user||J(t.user)?a(88):a(89)}</p>`;let c=s.name==="chat"?o:null,u=n.some(d=>d.room_id===c)?c:n[0].room_id;return l`
<nav class="rooms" aria-label=${a(86)}>
<ul onKeyDown=${d=>he(d,".room-link")}>
${n.map(d=>l`<${jd} key=${d.room_id} room=${d}
open=${d.room_id===c} seen=${r} first=${d.room_id===u}
draft=${d.room_id!==c&&!!i[d.room_id]?.text}
actions=${e} />`)}
</ul>
</nav>
`}function jd({actions:t,...e}){let{room:n,open:o,seen:s,first:r,draft:i}=e;return ie(()=>l`<${zd} ...${e} actions=${t} />`,[n,o,s,r,i])}function zd({room:t,open:e,seen:n,first:o,draft:s,actions:r}){let{room_id:i,name:c,unread:u}=t,d=H(t),m=Ko(t,r),f=$=>{let g={F2:m.rename,Delete:m.remove??m.leave}[$.key];g&&($.preventDefault(),g())},h=o?0:-1,p=u>0&&!(e&&n);return l`
<li class="room" data-open=${e} data-unread=${p}>
<a class="room-link" href=${re(i)} tabindex=${h} aria-current=${e?"page":null}
title=${c} onKeyDown=${f} onClick=${()=>r.openDrawer(!1)}>
${d&&l`<span class="room-kind"
title=${a(353,{count:t.members.length})}><${k}
name="people" size=${16} /><span
class="visually-hidden">${a(90)} </span></span>`}
<span class="room-name">${c||a(91)}</span>
${s&&l`<span class="room-draft"
title=${a(93)}><${k} name="pencil" size=${14} /><span
class="visually-hidden"> ${a(92)}</span></span>`}
${p&&l`<span class="unread"><span
aria-hidden="true">${u>99?a(95):u}</span><span
class="visually-hidden"> ${a(94,{count:u})}</span></span>`}
</a>
<span class="room-buttons"><${ae} label=${a(96,{name:c})} tabindex=${h}
items=${m.items} /></span>
</li>
`}function Ko(t,e){let{room_id:n,name:o}=t,s=it(t),r=s&&(()=>e.openDialog({kind:"prompt",title:a(97),label:a(12),value:o,verb:a(17),onConfirm:d=>e.renameRoom(n,d)})),i=s&&(()=>e.openDialog({title:a(98),text:H(t)?a(100,{name:o,count:t.members.length}):a(99,{name:o}),verb:a(6),onConfirm:()=>e.deleteRoom(n)})),c=H(t)&&(()=>e.openDialog({title:a(101),text:a(102,{name:o}),verb:a(10),onConfirm:()=>e.leaveRoom(n)})),u=[r&&{text:a(17),icon:"pencil",act:r},c&&{text:a(10),icon:"out",act:c},i&&{text:a(6),icon:"trash",danger:!0,act:i}];return{rename:r||void 0,remove:i||void 0,leave:c||void 0,items:u}}var Vi={online:0,away:1,offline:2},Wd=20,Xi=()=>nr.map(t=>({value:t,text:S(37,t)}));function Ji({state:t,actions:e,modal:n}){let o=t.rooms?.find(u=>u.room_id===t.roomId);if(!o)return null;let s=t.chats[o.room_id],r=Hd(s?.members??o.members,s?.presence),i=it(o),c=Ko(o,e);return l`
<${Se} title=${a(352)} modal=${n} onClose=${()=>e.openPanel(null)}>
${i&&l`<${Gd} state=${t} room=${o} members=${r}
actions=${e} />`}
<h3 class="panel-title">${a(353,{count:r.length})}</h3>
<ul class="members" aria-label=${a(352)}>
${r.map(u=>l`<${Kd} key=${u.id} member=${u} room=${o}
me=${t.user?.id} status=${Ce(s?.presence,u.id)} manages=${i}
actions=${e} />`)}
</ul>
<div class="panel-foot">
${c.rename&&l`<button type="button" class="button" onClick=${c.rename}><${k}
name="pencil" size=${16} /> ${a(17)}</button>`}
${c.leave&&l`<button type="button" class="button" onClick=${c.leave}><${k}
name="out" size=${16} /> ${a(10)}</button>`}
${c.remove&&l`<button type="button" class="button danger-text" 
onClick=${c.remove}><${k} name="trash" size=${16} /> ${a(6)}</button>`}
</div>
<//>
`}var Hd=(t,e)=>[...t].sort((n,o)=>Vi[Ce(e,n.id)]-Vi[Ce(e,o.id)]||n.name.localeCompare(o.name));function Kd({member:t,room:e,me:n,status:o,manages:s,actions:r}){let{id:i,name:c,role:u}=t,d=i===n,m=()=>r.openDialog({title:a(357,{name:c}),text:a(358,{name:c}),verb:a(16),onConfirm:()=>r.removeMember(e.room_id,i)});return l`
<li class="member" data-user=${c}>
<${Z} id=${i} name=${c} status=${o} />
<span class="member-text"><span class="member-name" title=${c}>${c}${d&&l` <span
class="muted">${a(22)}</span>`}</span>
<span class="muted">${S(354,o)}</span></span>
${s?l`<${V} quiet label=${a(36,{name:c})} value=${u} options=${Xi()}
onPick=${f=>r.changeRole(e.room_id,i,f)} />`:l`<span class="muted">${S(37,u)}</span>`}
${s&&!d&&l`<${ae} label=${a(355,{name:c})}
items=${[{text:a(356),icon:"trash",danger:!0,act:m}]} />`}
</li>
`}function Gd({state:t,room:e,members:n,actions:o}){let[s,r]=w(""),[i,c]=w("member"),u=ro(t.user);O(()=>{u&&o.loadDirectory().catch(o.showError)},[u]);let d=new Set(n.map(g=>g.id)),m=s.trim().toLowerCase(),f=(t.directory??[]).filter(g=>!d.has(g.id)&&g.status==="active"),h=f.filter(g=>g.name.toLowerCase().includes(m)),p=g=>{r(""),o.addMember(e.room_id,g.id,i)},$=m||f.length<=5;return l`
<section class="invite" aria-label=${a(359)}>
${u&&l`<div class="invite-row">
<label class="field grow"><span>${a(360)}</span>
<input type="search" value=${s} placeholder=${a(12)} autocomplete="off"
onInput=${g=>r(g.target.value)} /></label>
<${V} label=${a(361)} value=${i} options=${Xi()} onPick=${c} />
</div>
${$&&l`<ul class="members found" aria-label=${a(362)}>
${h.slice(0,Wd).map(g=>l`<li class="member" key=${g.id}>
<${Z} id=${g.id} name=${g.name} />
<span class="member-text member-name">${g.name}</span>
<button type="button" class="button"
aria-label=${a(363,{name:g.name})}
onClick=${()=>p(g)}><${k} name="plus"
size=${16} /> ${a(0)}</button>
</li>`)}
</ul>`}
${t.directory&&m&&!h.length&&l`<p class="muted" role="status">${a(364)}</p>`}`}
${so(t.user)&&l`<button type="button" class="button"
onClick=${()=>o.openDialog({kind:"room-link",room:e})}><${k} name="link"
size=${16}
/> ${a(452)}</button>`}
</section>
`}var Yd=t=>t.normalize("NFD").replace(/\p{M}/gu,"").toLowerCase(),Qi=t=>Yd(t).match(/[\p{L}\p{N}]+/gu)??[];function Go(t,e,n){let o=Qi(t);return o.length?e.map(s=>({item:s,errors:Vd(o,Qi(n(s)))})).filter(({errors:s})=>s<1/0).sort((s,r)=>s.errors-r.errors).slice(0,5).map(({item:s})=>s):[]}function Vd(t,e){let n=0;for(let o of t){let s=Math.min(2,Math.floor(o.length/4));n+=Math.min(...e.map(r=>Xd(o,r,s)),1/0)}return n}function Xd(t,e,n){if(e.startsWith(t))return 0;if(!n)return 1/0;let o=Math.min(...Jd(t,e.slice(0,t.length+n)));return o<=n?o:1/0}function Jd(t,e){let n=[],o=Array.from({length:e.length+1},(s,r)=>r);for(let s=1;s<=t.length;s++){let r=[s];for(let i=1;i<=e.length;i++){let c=t[s-1]===e[i-1]?0:1;r[i]=Math.min(o[i]+1,r[i-1]+1,o[i-1]+c);let u=t[s-1]===e[i-2]&&t[s-2]===e[i-1];s>1&&i>1&&u&&(r[i]=Math.min(r[i],n[i-2]+1))}[n,o]=[o,r]}return o}var Qd=/\*\*|__|`+|^#{1,6} |^> /gm;function Yo(t,e,n=[]){let o=t.replace(Qd,"").replace(/\s+/g," ").trim(),s=Zi([e,...n].join(" ")).split(/[^\p{L}\p{N}]+/u).filter(Boolean),r=s.length?new RegExp(`(?<![\\p{L}\\p{N}])(?:${s.join("|")})`,"giu"):null,i=Zi(o),c=r&&i.length===o.length?[...i.matchAll(r)]:[],u=Math.max(0,(c[0]?.index??0)-60),d=u===0?0:o.indexOf(" ",u)+1||u,m=Math.min(o.length,d+240),f=[],h=($,g)=>$&&f.push({text:$,hit:g}),p=d;for(let{index:$,0:{length:g}}of c)$<p||$+g>m||(h(o.slice(p,$),!1),h(o.slice($,$+g),!0),p=$+g);return h(o.slice(p,m),!1),d>0&&f.unshift({text:"…",hit:!1}),m<o.length&&f.push({text:"…",hit:!1}),f}var Zi=t=>t.normalize("NFD").replace(/\p{M}/gu,"").toLowerCase();var ea=".name-result, .result";function ta({state:t,actions:e}){let{search:n,rooms:o,roomId:s}=t,r=C(),i=e.closeSearch,c=o?.find(d=>d.room_id===s),u=d=>{let m=r.current.querySelector(ea);d.key==="ArrowDown"&&d.target.matches("[role=searchbox]")&&m?(d.preventDefault(),m.focus()):he(d,ea)};return l`
<${X} label=${a(365)} className="search" onClose=${i}>
<div ref=${r} onKeyDown=${u}>
<div class="search-head">
<${k} name="search" />
<input role="searchbox" enterkeyhint="search" data-focus value=${n.query}
placeholder=${a(366)}
aria-label=${a(366)} autocomplete="off" spellcheck=${!1}
onInput=${d=>e.search(d.target.value,n.roomId)} />
<button type="button" class="icon-button" aria-label=${a(2)}
onClick=${i}><${k}
name="close" /></button>
</div>
${c&&l`<label class="check"><input type="checkbox" checked=${n.roomId===s}
onChange=${d=>e.search(n.query,d.target.checked?s:null)} />
${a(368,{room:c.name})}</label>`}
<div class="search-results" onClickCapture=${Zd}>
${n.roomId===null&&l`<${em} state=${t} actions=${e} onPick=${i} />`}
<${tm} search=${n} rooms=${o} onPick=${i} onMore=${e.searchMore} />
<${nm} search=${n} actions=${e} onPick=${i} />
</div>
</div>
<//>
`}function Zd(t){t.detail<2||(t.preventDefault(),t.stopPropagation())}function em({state:{search:t,rooms:e,documents:n},actions:o,onPick:s}){let{query:r}=t,i=(n??[]).filter(d=>d.status==="ready"),c=ie(()=>({rooms:Go(r,e??[],d=>d.name),documents:Go(r,i,d=>`${d.title} ${d.name??""}`)}),[r,e,n]),u=d=>{s(),o.openPanel({kind:"source",document:d})};return l`
${c.rooms.length>0&&l`<h3 class="result-kind">${a(60)}</h3>
<ul class="results names" aria-label=${a(60)}>${c.rooms.map(d=>l`<li key=${d.room_id}><a class="name-result" href=${re(d.room_id)}
onClick=${s}>${d.name}</a></li>`)}</ul>`}
${c.documents.length>0&&l`<h3 class="result-kind">${a(262)}</h3>
<ul class="results names" aria-label=${a(262)}>${c.documents.map(d=>l`<li key=${d.document_id}><button type="button" class="name-result"
onClick=${()=>u(d)}>${d.title}</button></li>`)}</ul>`}
${c.rooms.length+c.documents.length>0&&l`<h3 class="result-kind">${a(367)}</h3>`}
`}function tm({search:t,rooms:e,onPick:n,onMore:o}){let{results:s,similar:r,next:i,busy:c,error:u,query:d}=t;if(u)return l`<p class="problem" role="alert">${R(u).message}</p>`;if(!d.trim()||s===null)return l`<p class="search-note muted"
role="status">${c?a(369):a(370)}</p>`;let m=s.length,f=i?a(372,{count:m}):a(371,{count:m}),h=r.length?`${a(374)} ${f}`:f;return l`
<p class=${m&&!r.length?"visually-hidden":"search-note muted"}
role="status">${m?h:a(373,{query:d.trim()})}</p>
<ul class="results" aria-label=${a(376)}>
${s.map(p=>l`<li key=${p.message_id}>
<a class="result" href=${re(p.room_id,p.message_id)} onClick=${n}>
<span class="result-head"><strong>${sm(p)}</strong>
<span class="muted">${om(e,p.room_id)}</span>
<time class="muted"
datetime=${p.created_at}>${se(p.created_at)}</time></span>
<span class="result-text"><${na}
pieces=${Yo(p.text,d,r)} /></span>
</a></li>`)}
${i&&l`<li><button type="button" class="button wide"
onClick=${o}>${a(377)}</button></li>`}
</ul>
`}function nm({search:{passages:t,query:e},actions:n,onPick:o}){if(!t.length)return null;let s=({document_id:r,start:i,end:c})=>{o(),n.openSource({documentId:r,start:i,end:c})};return l`
<h3 class="result-kind">${a(375)}</h3>
<ul class="results" aria-label=${a(375)}>${t.map(r=>l`<li key=${`${r.document_id} ${r.start}`}><button type="button"
class="result" onClick=${()=>s(r)}>
<span class="result-head"><strong>${r.title}</strong>
<span class="muted">${ke(r)}</span></span>
<span class="result-text"><${na}
pieces=${Yo(r.text,e)} /></span>
</button></li>`)}</ul>
`}var na=({pieces:t})=>t.map(e=>e.hit?l`<mark>${e.text}</mark>`:e.text),om=(t,e)=>t?.find(n=>n.room_id===e)?.name??"",sm=({author:t})=>t.kind==="assistant"?a(39):t.name;var Vo={};Te(Vo,{actions:()=>im,events:()=>am,initial:()=>rm,isActive:()=>Pe,tasksInOrder:()=>xn});var rm={documents:null,collections:null,tasks:{},uploads:[]},im={documents:(t,{documents:e})=>({...t,documents:[...e,...t.documents?.filter(lm(t))??[]]}),"library.documents":(t,{libraryId:e,documents:n})=>({...t,documents:[...n,...(t.documents??[]).filter(o=>!um(t,o,e))]}),collections:(t,{collections:e})=>({...t,collections:e}),"collection.changed":(t,{collection:e})=>ra(t,e),tasks:(t,{tasks:e})=>sa({...t,tasks:{}},e),"upload.added":(t,{uploads:e})=>({...t,uploads:[...e,...t.uploads]}),"upload.changed":(t,{id:e,change:n})=>({...t,uploads:t.uploads.map(o=>o.id===e?{...o,...n}:o)}),"upload.removed":(t,{id:e})=>({...t,uploads:t.uploads.filter(n=>n.id!==e)})},am={"document.added":(t,e)=>oa(t,e),"document.updated":(t,e)=>oa(t,e),"document.removed":(t,{document_id:e})=>({...t,documents:t.documents?.filter(n=>n.document_id!==e)??null}),"collection.updated":(t,e)=>ra(t,e),"collection.deleted":(t,{collection_id:e})=>({...t,collections:t.collections?.filter(n=>n.collection_id!==e)??null,documents:t.documents?.filter(n=>n.collection_id!==e)??null}),"task.updated":(t,e)=>sa(t,[e])},cm=200,Pe=({status:t})=>t==="pending"||t==="running",xn=t=>Object.values(t).sort((e,n)=>Pe(n)-Pe(e)||(e.created_at<n.created_at?1:-1));function sa(t,e){let n={...t.tasks};for(let o of e)n[o.task_id]=o;for(let{task_id:o}of xn(n).slice(cm))delete n[o];return{...t,tasks:n}}var lm=({rooms:t})=>e=>t?.some(n=>n.room_id===e.collection_id)??!1,um=({user:t},e,n)=>(e.collection_id??t.id)===n;function ra(t,e){let{collection_id:n}=e,s=[...(t.collections??[]).filter(r=>r.collection_id!==n),e].sort((r,i)=>r.name.localeCompare(i.name));return{...t,collections:s}}function oa(t,e){let o=t.documents?.some(r=>r.document_id===e.document_id)?t.documents.map(r=>r.document_id===e.document_id?e:r):[e,...t.documents??[]],s=t.uploads.filter(r=>r.documentId!==e.document_id);return{...t,documents:o,uploads:s}}function ia({connection:t,service:e,queued:n,onRetry:o}){let{status:s,transport:r,retryAt:i,error:c}=t,[u,d]=w(Date.now()),[m,f]=w(!0);O(()=>{f(!0);let $=setTimeout(()=>f(!1),700),y=s==="online"?null:setInterval(()=>d(Date.now()),500);return()=>{clearTimeout($),clearInterval(y)}},[s==="online"]);let h=s==="online"&&dm(e);if(h)return l`<div class="status-area" role="status">
<div class="status" data-status="limited"><span><span class="dot" aria-hidden="true"></span> ${h}</span></div>
</div>`;if(s==="online")return l`<${mm} transport=${r} patient=${m} />`;if(m)return l`<div class="status-area" role="status"></div>`;let p=Math.max(0,Math.ceil(((i??0)-u)/1e3));return l`
<div class="status-area" role="status">
<div class="status" data-status=${s}>
<span><span class="dot" aria-hidden="true"></span> ${pm(s,n,c)}</span>
${s==="reconnecting"&&l`<span class="muted"
aria-hidden="true">${p>0?a(79,{seconds:p}):a(80)}</span>`}
${s==="reconnecting"&&l`<button type="button" class="link"
onClick=${o}>${a(81)}</button>`}
${s==="failed"&&l`<button type="button" class="link"
onClick=${()=>location.reload()}>${a(15)}</button>`}
</div>
</div>
`}function dm({other_servers:t,database:e}){return e?t?"":a(83):a(82)}function mm({transport:t,patient:e}){let[n,o]=w(!1);return l`<div class="status-area" role="status">${!e&&!n&&t&&t!=="websocket"&&l`<div class="status one-line" data-status="online">
<span><span class="dot" aria-hidden="true"></span> ${a(84)}${" "}
<span class="muted">${a(85)}</span></span>
<button type="button" class="icon-button small" aria-label=${a(7)}
onClick=${()=>o(!0)}><${k} name="close" size=${16} /></button>
</div>`}</div>`}function pm(t,e,n){if(t==="reconnecting"&&n)return R(n).message;if(ca(t))return a(75);let o=S(78,t);return o||(e?a(77,{count:e}):a(76))}function aa({status:t,transport:e},n){return t==="online"?e==="websocket"?a(71):a(72):ca(t)?a(75):n?a(74,{count:n}):a(73)}var ca=t=>t==="connecting"||t==="idle";var fm=/mac|iphone|ipad/i.test(navigator.platform)?"apple":"pc";function la({state:t,actions:e,modal:n}){let{documents:o}=t,s=t.user??{role:t.lastRole},r=()=>e.openDrawer(!1),i=C();M(()=>{if(!n)return;let m=document.activeElement;return i.current.querySelector("a, button")?.focus(),()=>document.activeElement===document.body&&m?.focus()},[n]);let c=()=>e.openPanel(t.panel?.kind==="documents"?null:{kind:"documents"}),u=()=>e.openPanel(t.panel?.kind==="tasks"?null:{kind:"tasks"}),d=Object.values(t.tasks).filter(Pe).length;return l`
<aside class="sidebar" ref=${i} aria-label=${a(60)} data-open=${n}>
<div class="sidebar-head">
<${le} />
<span class="brand">BasicChat</span>
${n&&l`<${K} icon="close" label=${a(61)} onClick=${r} />`}
</div>
${J(s)&&l`<a class="sidebar-action" href="#" onClick=${r}><${k}
name="plus" /> ${a(62)}</a>
<button type="button" class="sidebar-action" onClick=${()=>hm(e)}><${k}
name="people" /> ${a(63)}</button>`}
<button type="button" class="sidebar-action" onClick=${()=>e.openSearch()}><${k}
name="search" /> ${a(64)} <kbd
class="count with-mouse">${S(65,fm)}</kbd></button>
${Q(s)&&l`<button type="button" class="sidebar-action"
aria-expanded=${t.panel?.kind==="documents"} onClick=${c}>
<${k} name="files" /> ${a(262)}
${o?.length>0&&l`<span class="count">${o.length}</span>`}
</button>`}
${Q(s)&&l`<button type="button" class="sidebar-action"
aria-expanded=${t.panel?.kind==="tasks"} onClick=${u}>
<${k} name="list" /> ${a(346)}
${d>0&&l`<span class="count">${d}</span>`}
</button>`}
<h2 class="sidebar-title">${a(60)}</h2>
<${Yi} state=${t} actions=${e} />
<${$m} state=${t} actions=${e} />
</aside>
`}function hm(t){t.openDialog({kind:"prompt",title:a(63),text:a(69),label:a(12),value:"",verb:a(70),onConfirm:e=>t.createRoom(e).catch(t.showError)})}function $m({state:t,actions:e}){let{connection:n,provider:o,user:s}=t,r=ht(t);return l`
<div class="sidebar-foot">
${s?l`<${gm} user=${s} actions=${e} />`:l`<div class="person"></div>`}
<div class="foot-row">
<div class="foot-lines">
<span class="foot-line"><span class="dot" data-status=${n.status}
aria-hidden="true"></span>${aa(n,r)}</span>
<span class="foot-line muted"
title=${o?.model}>${o?bm(o):" "}</span>
</div>
<${ym} />
</div>
</div>
`}function gm({user:t,actions:e}){let n=s=>()=>{e.openDrawer(!1),location.hash=s},o=[{text:a(410),icon:"user",act:n(Ls)},{text:a(277),icon:"folder",act:n(et())},{text:a(509),icon:"link",act:n(Is)},ge(t)&&{text:a(465),icon:"shield",act:n(Wt())},{text:a(421),icon:"out",act:()=>e.logOut().catch(e.showError)}];return l`<${ae} class="person" label=${a(66)} items=${o}>
<${Z} id=${t.id} name=${t.name} />
<span class="person-text"><span class="person-name">${t.name}</span>
<span class="muted">${S(34,t.role)}</span></span>
<span class="visually-hidden">${a(66)}</span>
<${k} name="more" size=${18} />
<//>`}function ym(){let[t,e]=w(document.documentElement.dataset.theme),n=t==="dark"?"light":"dark",o=()=>{try{localStorage.setItem("basicchat.theme",n)}catch{}document.dispatchEvent(new Event("basicchat:theme")),document.documentElement.dataset.theme=n,e(n)};return l`<${K} icon=${t==="dark"?"sun":"moon"}
label=${S(67,n)} onClick=${o} />`}var bm=({name:t})=>S(68,t)??t;var ua=2e3,Xo=8e3;function da({state:t,panel:e,actions:n,modal:o}){let{citation:s,citations:r}=e,i=s?.document_id??e.document.document_id,c=s?.title??e.document.title,[u,d]=w(null),m=u===i&&l`<a class="icon-button"
href=${`api/documents/${encodeURIComponent(i)}/content`} download
aria-label=${a(248)} title=${a(248)}><${k} name="download"
/></a>`,f=()=>n.openPanel({kind:"documents"});return l`
<${Se} title=${c} modal=${o} tools=${m}
onClose=${()=>n.openPanel(s?null:{kind:"documents"})}>
${s&&l`<${_m} citations=${r} current=${s}
onPick=${h=>n.openPanel({...e,citation:h})} />`}
${!s&&l`<button type="button" class="link back" onClick=${f}><${k}
name="left" size=${16} /> ${a(249)}</button>`}
<${km} key=${`${i}:${s?.start}`} id=${i} citation=${s} state=${t}
runId=${e.runId} actions=${n} onRead=${()=>d(i)} />
<//>
`}function _m({citations:t,current:e,onPick:n}){return l`
<div class="switch" role="group" aria-label=${a(250)}>
<span class="switch-place">${ke(e)||a(251)}</span>
${t.length>1&&t.map(o=>l`<button key=${`${o.n}:${o.start}`} type="button"
class="cite" aria-pressed=${o===e}
aria-label=${a(252,{n:o.n,title:o.title})}
onClick=${()=>n(o)}>${o.n}</button>`)}
</div>
`}function wm({problem:t,quote:e}){let{message:n,hint:o}=R(t);return l`
<p class="problem" role="alert">${n} ${o}</p>
${e&&l`<blockquote
class="quote">${e}<footer>${a(258)}</footer></blockquote>`}
`}async function vm(t,e,{user:n,chats:o,roomId:s},r){if(t.kind!=="not_found")return t;let i=e&&(await r.readRun(e).catch(()=>null))?.user_id;if(!i||i===n?.id)return{message:a(253),hint:a(254)};let c=o[s]?.members?.find(d=>d.id===i),u=c?a(256,{name:c.name}):a(257);return{message:a(255),hint:u}}function km({id:t,citation:e,runId:n,state:o,actions:s,onRead:r}){let[i,c]=w(()=>({start:Math.max(0,(e?.start??0)-ua),end:(e?.end??Xo)+ua})),[u,d]=w(null),[m,f]=w(null),h=C();if(O(()=>{let A=!1,j=b=>{A||(d(b),r())},W=b=>!A&&f(b);return s.readDocument(t,i.start,i.end).then(j,b=>vm(b,n,o,s).then(W)),()=>A=!0},[i]),M(()=>{h.current&&dt(h.current.closest(".panel-body"),h.current)},[u===null]),m)return l`<${wm} problem=${m} quote=${e?.quote} />`;if(!u)return l`<p class="waiting">${a(259)}</p>`;let{text:p,text_start:$,text_end:g}=u,[y,_,x]=e?Ir(p,$,e.start,e.end):[p,"",""],v=g<(u.characters??0);return l`
${$>0&&l`<button type="button" class="button older"
onClick=${()=>c({start:Math.max(0,$-Xo),end:g})}>${a(260)}</button>`}
<div
class="source-text">${y}${_&&l`<mark ref=${h} tabindex="-1">${_}</mark>`}${x}</div>
${v&&l`<button type="button" class="button older"
onClick=${()=>c({start:$,end:g+Xo})}>${a(261)}</button>`}
`}function ma({state:t,actions:e,modal:n}){let o=xn(t.tasks);return l`
<${Se} title=${a(346)} modal=${n} onClose=${()=>e.openPanel(null)}>
${!o.length&&l`<p class="panel-empty">${a(347)}</p>`}
<ul class="documents" aria-label=${a(346)}>
${o.map(s=>l`<${xm} key=${s.task_id} task=${s} subject=${Sm(s,t)}
actions=${e} />`)}
</ul>
<//>
`}function xm({task:t,subject:e,actions:n}){let{task_id:o,kind:s,status:r,progress:i,message:c,error:u,created_at:d}=t,m=Pe(t),f=e.name||S(348,s)||s,h=[e.name&&(S(348,s)??s),r==="running"&&c?c:S(349,r),se(d)];return l`
<li class="document task" data-status=${r}>
<div class="document-main">
${e.href?l`<a class="document-title" href=${e.href} title=${f}>${f}</a>`:l`<span class="document-title" title=${f}>${f}</span>`}
<span class="muted">${z(h)}</span>
${u&&l`<p class="problem"><${G} text=${u} /></p>`}
${m&&l`<progress class="progress" max="1" value=${r==="pending"?null:i}
aria-label=${a(350,{name:f})}></progress>`}
</div>
${m&&l`<button type="button" class="icon-button small"
aria-label=${a(351,{name:f})} title=${a(20)}
onClick=${()=>n.cancelTask(o)}><${k} name="stop" size=${16} /></button>`}
</li>
`}function Sm({task_id:t,result:e},{documents:n,runs:o,rooms:s}){let r=n?.find(d=>d.task_id===t);if(r)return{name:r.title};let c=Object.values(o).find(d=>d.task_id===t)?.room_id??e?.room_id,u=s?.find(d=>d.room_id===c);return u?{name:u.name,href:re(c,e?.message_id)}:{}}function pa({notice:t,onClose:e}){O(()=>{if(!t||t.error)return;let o=setTimeout(e,4e3);return()=>clearTimeout(o)},[t]);let n=t?.error?R(t.error):t&&{message:t.text};return l`
<div class="notice-area" role="status">
${n&&l`<div class=${`notice ${t.error?"bad":""}`}>
${t.error&&l`<${k} name="alert" size=${18} />`}
<p>${t.notLoaded&&S(49,t.notLoaded)} ${n.message} ${n.hint}</p>
<button type="button" class="icon-button" aria-label=${a(7)}
onClick=${e}><${k}
name="close" size=${18} /></button>
</div>`}
</div>
`}var Em=4;function fa({state:t,actions:e,drawer:n}){let{view:o,panel:s,roomId:r,user:i}=t,c=o.name==="chat"?t.rooms?.find(m=>m.room_id===r):null,u=S(55,o.name)??c?.name??(r?"":null)??(!i||J(i)?a(62):"BasicChat"),d=m=>()=>e.openPanel(s?.kind===m?null:{kind:m});return l`
<header class="topbar" data-plain=${!c&&!(o.name==="chat"&&r)}>
<${K} icon="menu" label=${a(56)} class="icon-button narrow"
aria-expanded=${n} onClick=${()=>e.openDrawer(!0)} />
<span class="topbar-title">${u}</span>
${c&&l`<${Cm} room=${c} chat=${t.chats[r]}
open=${s?.kind==="members"} onClick=${d("members")} />
<${K} icon="search" label=${a(57)}
class="icon-button wide-only" onClick=${()=>e.openSearch(r)} />`}
${Q(i)&&l`<${K} icon="files" label=${a(262)} class="icon-button narrow"
aria-expanded=${s?.kind==="documents"} onClick=${d("documents")} />`}
</header>
`}function Cm({room:t,chat:e,open:n,onClick:o}){if(!H(t))return l`<button type="button" class="members-button" aria-expanded=${n}
onClick=${o}><${k} name="people" size=${18} /> <span
class="wide-only">${a(58)}</span><span
class="visually-hidden narrow">${a(359)}</span></button>`;let s=e?.members??t.members,r=s.filter(c=>Ce(e?.presence,c.id)!=="offline"),i=[...r,...s.filter(c=>!r.includes(c))].slice(0,Em);return l`<button type="button" class="members-button" aria-expanded=${n}
title=${a(352)}
onClick=${o}>
<span class="visually-hidden">${a(59,{count:s.length,here:r.length})}</span>
<span class="faces wide-only">${i.map(c=>l`<${Z} key=${c.id} id=${c.id} name=${c.name} size="small"
status=${Ce(e?.presence,c.id)} />`)}</span>
<${k} name="people" size=${18} /> <span aria-hidden="true">${s.length}</span>
</button>`}var ha=t=>e=>{let n=t.use()?.View;return n?l`<${n} ...${e} />`:l`<p class="waiting view">${a(11)}</p>`};var Tm=2,$a=500;function Mm({name:t,size:e},{suffixes:n,limit:o}){let s=t.toLowerCase().match(/\.[^.]+$/)?.[0]??"";return n&&!n.includes(s)?s?a(340,{suffix:s}):a(341):e===0?a(342):o&&e>o?a(343,{size:we(e),limit:we(o)}):null}function ga(t,e){let{dispatch:n,get:o}=t,s=[],r=0;function i(f,h=null){let{suffixes:p,limits:$}=o(),g={suffixes:p,limit:$.max_upload_bytes},_=[...f].slice(0,$a).map(x=>{let v=Mm(x,g);return{id:oe(),file:x,libraryId:h,name:x.name,size:x.size,progress:0,status:v?"failed":"waiting",error:v}});n({type:"upload.added",uploads:_}),s.push(..._.filter(x=>!x.error)),c()}function c(){for(;r<Tm&&s.length;)r++,d(s.shift()).finally(()=>{r--,c()})}let u=(f,h)=>n({type:"upload.changed",id:f,change:h});async function d({id:f,file:h,libraryId:p}){u(f,{status:"uploading"});try{let $=await m(h,p,y=>u(f,{progress:y})),g=o().documents?.some(y=>y.document_id===$.document_id);$.duplicate?u(f,{status:"duplicate",documentId:$.document_id}):g?n({type:"upload.removed",id:f}):u(f,{status:"accepted",documentId:$.document_id})}catch($){u(f,{status:"failed",error:$.message,again:!0})}}function m(f,h,p){return new Promise(($,g)=>{let y=new XMLHttpRequest;y.open("POST","api/documents"),y.setRequestHeader("X-BasicChat","1");for(let[x,v]of Object.entries(e.authorization()))y.setRequestHeader(x,v);y.upload.onprogress=({loaded:x,total:v})=>p(v?x/v:0),y.onload=()=>Am(y,$,g),y.onerror=()=>g(new Error(a(344)));let _=new FormData;h&&_.append("collection_id",h),_.append("file",f),y.send(_)})}return{add:i,dismiss:f=>n({type:"upload.removed",id:f}),again:({id:f,file:h,libraryId:p})=>{n({type:"upload.removed",id:f}),i([h],p)}}}function Am(t,e,n){let o={};try{o=JSON.parse(t.responseText)}catch{}if(t.status<300)return e(o);let s=o.error??o,r=a(345,{status:String(t.status)}),{message:i,hint:c}=R({message:r,...s,...s.data});n(new Error([i,c].filter(Boolean).join(" ")))}async function ya(t){let e=[...t.items].map(o=>o.webkitGetAsEntry?.()).filter(Boolean);if(!e.some(o=>o.isDirectory))return[...t.files];let n=[];for(let o of e)await ba(o,n);return n}async function ba(t,e){if(e.length>=$a||t.name.startsWith("."))return;if(t.isFile){let o=await new Promise((s,r)=>t.file(s,r));return e.push(o)}let n=t.createReader();for(;;){let o=await new Promise((s,r)=>n.readEntries(s,r));if(!o.length)return;for(let s of o)await ba(s,e)}}function Sn(t){let[e,n]=w(()=>matchMedia(t).matches);return O(()=>{let o=matchMedia(t),s=()=>n(o.matches);return o.addEventListener("change",s),()=>o.removeEventListener("change",s)},[t]),e}function _a({panel:t,runs:e,roomId:n,rooms:o,locked:s},r,i){let d=(o?.find(m=>m.room_id===n)?.members?.length??1)<2&&Object.values(e).find(m=>m.room_id===n);M(()=>{let m=f=>{if(!(s||f.defaultPrevented||document.querySelector("dialog[open]"))){if((f.ctrlKey||f.metaKey)&&f.key.toLowerCase()==="k")return f.preventDefault(),r.openSearch();f.key==="Escape"&&(i?r.openDrawer(!1):t?r.openPanel(null):d&&r.stopRun(d.run_id))}};return addEventListener("keydown",m),()=>removeEventListener("keydown",m)},[t,i,d?.run_id,s])}function wa(t,e,n){O(()=>{if(!n)return;let o=s=>{let{files:r,types:i}=s.clipboardData;if(!r.length||i.includes("text/plain"))return;s.preventDefault();let c=t();c&&e.add(r,c.libraryId)};return addEventListener("paste",o),()=>removeEventListener("paste",o)},[n])}function va(t,e,n){let[o,s]=w(!1);return O(()=>{if(!n)return;let r=0,i=d=>d.dataTransfer?.types.includes("Files"),u=Object.entries({dragenter:()=>s(++r>0),dragleave:()=>s(--r>0),dragover:()=>{},drop:async d=>{r=0,s(!1);let m=t();m&&e.add(await ya(d.dataTransfer),m.libraryId)}}).map(([d,m])=>{let f=h=>{i(h)&&(h.preventDefault(),m(h))};return addEventListener(d,f),[d,f]});return()=>u.forEach(([d,m])=>removeEventListener(d,m))},[n]),o}var Om=["pointerdown","pointermove","keydown","wheel","touchstart"];function ka(t,e){let n="online",o=null,s=()=>document.visibilityState==="visible";function r(d){d===n||e.state.status!=="online"||(n=d,e.call("presence.set",{status:d}).catch(()=>n=null))}function i(d){clearTimeout(o),o=setTimeout(()=>r("away"),d)}function c(){s()&&(r("online"),i(3e5))}function u(){t.dispatch({type:"visible",visible:s()}),s()?c():i(3e3)}for(let d of Om)addEventListener(d,c,{passive:!0});document.addEventListener("visibilitychange",u),e.on("state",({status:d})=>{d==="online"&&(n="online",s()||i(3e3))}),u()}var Rm=100,Dm=6*36e5,Lm=/^run\.(completed|failed|cancelled|interrupted)$/,Im=8e3;function xa(t,{onOnline:e}){let n=new Je({url:new URL(".",location.href).href,name:"web"}),o=ei(n),{dispatch:s,receive:r}=t,i=!0;function c({run:v}){o.grow(v),t.get().runs[v]||d(v)}let u=new Set;async function d(v){if(!u.has(v)){u.add(v);try{s({type:"run",run:await n.call("runs.get",{run_id:v})})}catch{}finally{u.delete(v)}}}async function m(){let{rooms:v,drafts:A={},next:j}=await n.call("rooms.list");for(let W=j;W;){let b=await n.call("rooms.list",{after:W});v.push(...b.rooms),W=b.next}s({type:"rooms",rooms:v}),s({type:"drafts.loaded",drafts:A})}async function f(){let[{suffixes:v},A,{collections:j}]=await Promise.all([n.call("documents.formats"),oo(n),n.call("collections.list")]);s({type:"suffixes",suffixes:v}),s({type:"collections",collections:j}),s({type:"documents",documents:A})}async function h(){s({type:"tasks",...await n.call("tasks.list",{limit:Rm})})}async function p(){let[v,{modes:A}]=await Promise.all([n.call("models.list"),n.call("modes.list")]);s({type:"catalogue",models:v.models,provider:v.provider??null,modes:A})}async function $(){let v={"X-BasicChat":"1",...n.authorization()};try{await fetch("api/renew",{method:"POST",headers:v})}catch{}setTimeout($,Dm)}let g=(v,A)=>A().catch(j=>s({type:"notice",notice:{error:j,notLoaded:v}}));function y(){g("rooms",m),Q(t.get().user)&&g("documents",f),Q(t.get().user)&&g("tasks",h),g("models",p)}n.on("state",v=>{s({type:"connection",state:v}),v.status==="online"&&(s({type:"limits",limits:n.limits}),Oe("basicchat.role",v.user.role??"member"),i?(y(),$()):g("models",p),i=!1,e())}),n.on("stale",({stream:v})=>{v.startsWith("user:")&&y()}),n.on("snapshot",v=>{r({type:"snapshot",...v}),"draft"in v&&r({type:"draft.loaded",roomId:v.room_id,text:v.draft});for(let A of v.active_runs)A.message_id||d(A.run_id)}),n.on("event",v=>{(Lm.test(v.type)?s:r)({type:"event",event:v})}),n.on("delta",c),n.on("signal",v=>{r({type:"signal",signal:v}),v.type==="typing"&&x(Ee(v.stream),v.data)});let _=new Map;function x(v,{user:A,typing:j}){let W=`${v} ${A.id}`;if(clearTimeout(_.get(W)),_.delete(W),!j)return;let b=()=>{_.delete(W),s({type:"typing.expired",roomId:v,userId:A.id})};_.set(W,setTimeout(b,Im))}return{client:n,liveTexts:o}}var Jo={};Te(Jo,{actions:()=>qm,initial:()=>Pm});var Pm={search:null},Nm={query:"",roomId:null,results:null,similar:[],passages:[],next:null,busy:!1,error:null},qm={"search.open":(t,{roomId:e=null})=>({...t,search:{...Nm,roomId:e},drawer:!1}),"search.close":t=>({...t,search:null}),"search.started":(t,{query:e,roomId:n})=>$t(t,{query:e,roomId:n,busy:!!e.trim(),error:null}),"search.found":(t,{query:e,roomId:n,messages:o,next:s=null,similar:r=[]})=>En(t,e,n)?$t(t,{results:o,next:s,similar:r,busy:!1}):t,"search.passages":(t,{query:e,roomId:n,hits:o})=>En(t,e,n)?$t(t,{passages:o}):t,"search.more":(t,{query:e,roomId:n,before:o,messages:s,next:r=null})=>En(t,e,n)&&t.search.next===o?$t(t,{results:[...t.search.results,...s],next:r}):t,"search.failed":(t,{query:e,roomId:n,error:o})=>En(t,e,n)?$t(t,{error:o,busy:!1}):t},En=({search:t},e,n)=>t!==null&&t.query===e&&t.roomId===n,$t=(t,e)=>t.search?{...t,search:{...t.search,...e}}:t;var Cn=[eo,Zn,Wo,Vo,to,Ho,Jo],Tn=Object.assign({},...Cn.map(t=>t.initial)),Fm={...Object.assign({},...Cn.map(t=>t.actions)),event:(t,{event:e})=>Sa(t,Um[e.type],e.data,e),signal:(t,{signal:e})=>Sa(t,Bm[e.type],e)},Um=Object.assign({},...Cn.map(t=>t.events)),Bm=Object.assign({},...Cn.map(t=>t.signals)),Sa=(t,e,...n)=>e?.(t,...n)??t;function Ea(t,e){return Fm[e.type](t,e)}function Ca(t,e){let n=e,o=e,s=new Set;function r(){if(n!==o){o=n;for(let c of s)c(n)}}let i=Un(r);return{get:()=>n,dispatch(c){n=t(n,c),r()},receive(c){n=t(n,c),i()},subscribe(c){return s.add(c),()=>s.delete(c)}}}var Qo=pn(()=>import("./library.js"));var Ta="2000-01-01T00:00:00Z",jm=`A *text*.

- a
- b

\`\`\`
code
\`\`\`

|a|
|-|
|b|`,zm={message_id:"q",seq:1,author:{kind:"user",id:"u",name:"U"},text:"?",created_at:Ta},Wm={message_id:"a",parent_id:"q",run_id:"r",seq:2,author:{kind:"assistant",id:"assistant",name:""},text:jm,model:"m",detail:{usage:{output_tokens:2},timings:{total_ms:2e3}},created_at:Ta},Hm={messages:[zm,Wm],pending:[],shown:{}},Km={room_id:"r",role:"owner",name:""};function Ma(t,e){let n=document.createElement("div");ze(l`<${wn} state=${{...t,roomId:"r"}} chat=${Hm} room=${Km} runs=${[]}
actions=${e} />`,n),ze(null,n),performance.mark("warmed-up")}var $e=Ca(Ea,{...Tn,chosen:{...Tn.chosen,...Ae("basicchat.chosen",{})},lastRole:Ae("basicchat.role",Tn.lastRole)}),{client:gt,liveTexts:Gm}=xa($e,{onOnline:()=>B.saveDrafts()}),B=ir($e,gt),Mn=ga($e,gt);gt.on("restored",B.trackRestored);var Ym=1500,Vm="BasicChat",Xm={documents:Ni,tasks:ma,source:da,members:Ji},Jm={account:jr,admin:Hr,connect:Ei,library:ha(Qo)};function Qm(){let[t,e]=w($e.get());M(()=>$e.subscribe(e),[]);let n=Sn("(max-width: 760px)"),o=Sn("(max-width: 1080px)"),s=!t.locked&&Q(t.user),r=va(Aa,Mn,s);wa(Aa,Mn,s);let i=n&&t.drawer,c=o&&t.panel!==null;if(ep(t),_a(t,B,i),t.locked)return l`<${Ui} state=${t} actions=${B} />`;let u=Jm[t.view.name]??xi;return l`
<a class="skip" href="#main" onClick=${tp}>${a(52)}</a>
<div class="app" data-drawer=${i}>
<div class="side" inert=${n&&!i||c}>
<${la} state=${t} actions=${B} modal=${i} /></div>
${i&&l`<div class="scrim" onClick=${()=>B.openDrawer(!1)}></div>`}
<main id="main" class="main" tabindex="-1" inert=${i||c}>
<${fa} state=${t} actions=${B} drawer=${i} />
<${ia} connection=${t.connection} service=${t.service} queued=${ht(t)}
onRetry=${B.reconnect} />
<${pt} key=${t.view.name} part="view"><${u} state=${t}
actions=${B}
uploads=${Mn} /><//>
</main>
${Zm(t,c)}
</div>
${r&&l`<div class="drop-overlay"><div><${k} name="upload" size=${32}
/><p>${t.view.name==="library"?a(54):a(53)}</p></div></div>`}
${t.search&&l`<${ta} state=${t} actions=${B} />`}
${(t.dialog||t.invitation&&t.user)&&l`<${Pi} state=${t} actions=${B} />`}
<${pa} notice=${t.notice}
onClose=${()=>$e.dispatch({type:"notice",notice:null})} />
`}function Aa(){let{view:t,user:e,...n}=$e.get();if(t.name!=="library")return B.openPanel({kind:"documents"}),{};let o=t.libraryId??e.id;return rt(st({user:e,...n},o))?{libraryId:o}:(B.notify(a(292)),null)}function Zm(t,e){let{panel:n}=t,o=Xm[n?.kind];return o&&l`<${o} key=${n.kind} state=${t} panel=${n} actions=${B}
uploads=${Mn} modal=${e} />`}function ep({rooms:t,roomId:e,view:n}){let o=n.name==="chat"&&t?.find(c=>c.room_id===e),s=Jn(t),r=o?a(50,{room:o.name}):Vm,i=s?a(51,{count:s,title:r}):r;O(()=>{document.title=i},[i])}function tp(t){t.preventDefault(),document.getElementById("main").focus()}function Zo(){let t=Ds(location.hash);if(t.name==="chat")return B.open(t.roomId,t.messageId);if(t.name==="source")return B.openSource(t);if(t.name!=="invite")return B.showView(t);history.replaceState(null,"",location.pathname),B.previewInvitation(t.code)}function np(t){let e=t.button||t.ctrlKey||t.metaKey||t.shiftKey||t.altKey,n=t.target.closest?.("a[href^='#']");!n||e||t.defaultPrevented||(t.preventDefault(),n.href!==location.href&&history.pushState(null,"",n.href),Zo())}addEventListener("hashchange",Zo);addEventListener("click",np);addEventListener("visibilitychange",()=>document.visibilityState==="visible"&&B.reconnect());await xs();ze(l`<${Ro.Provider} value=${Gm}>
<${pt} part="page"><${Qm} /><//><//>`,document.getElementById("app"));Kn();ka($e,gt);gt.connect().catch(()=>{});B.resumeInvitation();Zo();setTimeout(async()=>{await He.fetch(),await Qo.fetch(),fe(()=>Ma($e.get(),B))},Ym);export{Z as Avatar,q as FormError,k as Icon,K as IconButton,ae as Menu,X as Modal,V as Select,G as TextWithCode,qi as Upload,rt as canEditLibrary,ro as canListUsers,J as canStartChats,Q as canUpload,Bo as confirmDeletion,R as describeError,we as formatBytes,de as formatDate,l as html,H as isShared,z as joinFacts,st as libraryRole,he as moveFocus,a as t,et as toLibrary,O as useEffect,Sn as useMediaQuery,ie as useMemo,C as useRef,w as useState,Y as useSubmit,S as variant};

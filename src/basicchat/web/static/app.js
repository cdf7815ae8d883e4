/*! BasicChat, Apache-2.0. With preact 11.2.0 (MIT); htm 3.1.1 (Apache-2.0); marked 18.2.1 (MIT); dompurify 3.4.18 ((MPL-2.0 OR Apache-2.0)); highlight.js 11.12.0 (BSD-3-Clause); temml 0.13.5 (MIT). See licences.txt */
var ha=Object.defineProperty;var Ee=(t,e)=>{for(var n in e)ha(t,n,{get:e[n],enumerable:!0})};var N=class extends Error{constructor(e,{kind:n="client",code:o=0,retryable:s=!1,...r}={}){super(e),this.name="ChatError",this.kind=n,this.code=o,this.retryable=s,this.retryAfterMs=r.retryAfterMs,this.hint=r.hint,this.reason=r.reason,this.params=r.params,this.field=r.field,this.incident=r.incident}};function Ne({code:t,message:e="",data:n={}}){let{kind:o="internal",retry_after_ms:s,...r}=n??{};return new N(e,{...r,code:t,kind:o,retryAfterMs:s})}var Wo=new Set(["approvals.list","citations.get","collections.get","collections.list","connectors.list","documents.formats","documents.get","documents.list","documents.retry","documents.search","grants.list","invitations.list","keys.list","messages.list","messages.search","models.list","modes.list","rooms.join","rooms.leave","rooms.list","rooms.read","runs.approve","runs.cancel","runs.get","session.ping","tasks.cancel","tasks.get","tasks.list","tools.list","users.list"]),kn=new Set(["feedback.set","messages.delete","messages.edit","messages.post","messages.regenerate","query","runs.continue","stream_request","tool_execution"]);var pt=t=>kn.has(t),ft=t=>kn.has(t)||Wo.has(t);var Ho=t=>(t&64512)===55296,Ko=t=>(t&64512)===56320;function ht(t){let e=t.length;for(let n=0;n<t.length-1;n++)Ho(t.charCodeAt(n))&&Ko(t.charCodeAt(n+1))&&(e--,n++);return e}function Ge(t,e){let n=0;for(;e>0&&n<t.length;e--)n+=Ho(t.charCodeAt(n))&&Ko(t.charCodeAt(n+1))?2:1;return n}function Go(t,{off:e,text:n}){if(e>t.off)return{part:t,added:"",gap:!0};let o=t.off-e,s=o?n.slice(Ge(n,o)):n;return s?{part:{...t,text:t.text+s,off:t.off+ht(s)},added:s,gap:!1}:{part:t,added:s,gap:!1}}function te(){let t=globalThis.crypto.getRandomValues(new Uint8Array(16));return Array.from(t,e=>e.toString(16).padStart(2,"0")).join("")}var $a=30,ga=500,ba=16<<20,ya=-32010,qe=(t,e,n)=>JSON.stringify({jsonrpc:"2.0",id:t,method:e,params:n}),_a=t=>new TextEncoder().encode(t).length,xn=class{sentOn=null;sentAt=0;queued=!1;notBefore=0;constructor(e,n,o,{onResult:s,user:r=null}){let i={...o};pt(n)&&(i.client_msg_id??=te()),Object.assign(this,{id:e,method:n,params:i,onResult:s,user:r}),this.frame=qe(e,n,i),this.bytes=_a(this.frame),this.reply=new Promise((c,u)=>Object.assign(this,{resolve:c,reject:u}))}succeed(e){this.onResult?.(e),this.resolve(e)}},$t=class{#e=new Map;#t=0;#o=0;#n;#s;#i;constructor(e=null,{maxWaiting:n=ga,maxInFlight:o=$a}={}){this.#n=e,this.#s=n,this.#i=o}get size(){return this.#e.size}add(e,n,{maxBytes:o=1/0,...s}={}){let r=new xn(++this.#t,e,n,s);if(r.bytes>o)throw new N("The request is too long to be sent",{kind:"too_large",code:ya,hint:"Shorten it."});if(this.#e.size>=this.#s||this.#o+r.bytes>ba)throw new N("Too many requests are waiting to be sent",{kind:"queue_full",retryable:!0,hint:"Try again once the server can be reached."});return this.#r(r),r.user&&this.#n?.keep(r),r}#r(e){this.#e.set(e.id,e),this.#o+=e.bytes}#c(e){let n=this.#e.get(e);return this.#e.delete(e)&&(this.#o-=n.bytes),n}#a(e,n){this.#c(e.id),this.#n?.drop(e),e.reject(n)}has(e){return[...this.#e.values()].some(n=>n.params.client_msg_id===e)}*takeDue(e,n){for(let o of[...this.#e.values()].slice(0,this.#i))o.sentOn||o.notBefore>n||(Object.assign(o,{sentOn:e,sentAt:n}),yield o)}onReply({id:e,result:n,error:o},s){let r=this.#c(e);if(!r)return null;let i=o&&Ne(o),c=r.queued||i?.reason==="server_stopping";return i?.retryAfterMs!==void 0&&c&&ft(r.method)?(Object.assign(r,{sentOn:null,queued:!0,notBefore:s+i.retryAfterMs}),this.#r(r),r):i?.kind==="unauthenticated"&&ft(r.method)?(Object.assign(r,{sentOn:null,queued:!0}),this.#r(r),r):(this.#n?.drop(r),i?r.reject(i):r.succeed(n),r)}assignUser(e){let n=new N("Another user is logged in now",{kind:"unauthenticated"});for(let o of[...this.#e.values()])o.user!==e&&(o.user===null?(o.user=e,this.#n?.keep(o)):(this.#c(o.id),o.reject(n)))}connectionLost(e,{repeat:n=!0}={}){let o=new N("The connection was lost before the server replied",{kind:"connection_lost",retryable:!0,hint:"The server may have done it: look before you try again."});for(let s of[...this.#e.values()])s.sentOn===e&&(n&&ft(s.method)?Object.assign(s,{sentOn:null,queued:!0}):this.#a(s,o))}inFlightOn(e){return[...this.#e.values()].some(n=>n.sentOn===e)}expire(e,n,o){for(let s of[...this.#e.values()]){if(!s.sentOn||e-Math.max(s.sentAt,n)<o)continue;let r=`The server did not reply for ${o/1e3} seconds`;this.#a(s,new N(r,{kind:"timeout",retryable:!0}))}}failAll(e,{kept:n=!1}={}){for(let o of[...this.#e.values()])n?(this.#c(o.id),o.reject(e)):this.#a(o,e)}};var wa="probe",gt=class{welcomed=!1;byCookie=!1;ended=!1;#e;#t;#o;#n;#s=!1;constructor({number:e,http:n,make:o,handler:s,liveness:r}){this.#e=`hello-${e}`,this.#t=s,this.#o=r,this.#n=o(i=>s.onTransport(this,i)),this.http=n,this.since=r.now}get transport(){return this.#n.transport}open(){this.#n.open({opened:()=>this.#i(),frame:e=>this.#c(e),ended:(e,n)=>this.#t.onEnd(this,e,n)})}#i(){this.since=this.#o.now,this.ended||this.#r({resume:!0})}#r({resume:e}){let n=this.#t.hello({resume:e});this.#s="resume"in n,this.byCookie=!n.token,this.send(qe(this.#e,"session.hello",n))}#c(e){if(!this.ended){this.#o.heard();for(let n of Array.isArray(e)?e:[e])n!==null&&(n.method?this.#t.onNotification(this,n.method,n.params):n.id===this.#e?this.#a(n):this.#t.onReply(this,n))}}#a({result:e,error:n}){if(!n){this.welcomed=!0,this.#t.onWelcome(this,e);return}let o=Ne(n);this.#s&&!this.welcomed&&!o.retryable?this.#r({resume:!1}):this.#t.onRefusal(this,o)}send(e){this.#n.send(e)}probe(){this.#o.probed(),this.send(qe(wa,"session.ping",{}))}follow(e){this.#n.follow(e)}close(e){return this.#n.close(e)}};var va=1e5,bt=Object.freeze(["state","event","delta","signal","snapshot","stale","restored"]),ka=new Set(["unauthenticated","forbidden","failed","closed"]);function Ue({status:t,error:e}){return ka.has(t)?e??new N("The client was closed",{kind:t}):null}var xa=globalThis.reportError?.bind(globalThis)??(t=>console.error(t)),yt=class{#e=new Map(bt.map(e=>[e,new Set]));on(e,n){let o=this.#e.get(e);if(!o)throw new TypeError(`Unknown event "${e}"; the events are ${bt.join(", ")}`);let s=r=>n(r);return o.add(s),()=>{o.delete(s)}}emit(e,n){for(let o of[...this.#e.get(e)])try{o(n)}catch(s){xa(s)}}},Ye=class{#e=[];#t=!1;#o=()=>{};#n;constructor(e,n){let o=s=>e.on(s,r=>this.#s([s,r]));this.#n=[...new Set(n)].map(o)}#s(e){this.#e.length<va?this.#e.push(e):this.#t=!0,this.#o()}async next(){for(;!this.#e.length;){if(this.#t)throw new N("Events were read too slowly, and some are lost",{kind:"overflow"});await new Promise(e=>this.#o=e)}return this.#e.shift()}end(){for(let e of this.#n)e()}};var Sa={unauthenticated:["The token is invalid or has expired","Log in again, or create a new key."],forbidden:["You no longer have access to this server","Ask its administrator."]};function Yo(t){let[e,n]=Sa[t]??["The server closed the connection"];return new N(e,{kind:t,hint:n})}var _t=class{#e;#t=[];current={status:"idle",transport:null};constructor(e){this.#e=e}whenOnline(){return this.current.status==="online"?Promise.resolve():new Promise((e,n)=>this.#t.push({resolve:e,reject:n}))}set(e){this.current={transport:null,...e};let n=Ue(this.current),o=e.status==="online",s=o||n?this.#t.splice(0):[];this.#e(this.current);for(let{resolve:r,reject:i}of s)o?r():i(n)}};var wt=class{connection=null;#e=new Map;#t;#o;#n;#s;constructor({requests:e,streams:n,liveness:o,timing:s}){this.#t=e,this.#o=n,this.#n=o,this.#s=s}take(){let{connection:e}=this;return this.connection=null,e}flush(){let{connection:e}=this;if(e?.welcomed)for(let{frame:n}of this.#t.takeDue(e,this.#n.now))e.send(n)}refollow(){this.connection?.follow(this.#o.followed())}replace(e){let n=this.connection;this.connection=e,n&&(n.follow({}),this.#e.set(n,this.#n.now))}isDrained(e){return this.#e.has(e)&&!this.#t.inFlightOn(e)}overdue(){let e=this.#n.now-this.#s.progressTimeout;return[...this.#e].filter(([,n])=>n<e).map(([n])=>n)}forget(e){this.#e.delete(e)}probe(){this.connection?.welcomed&&this.connection.probe()}verdict(e){if(!this.connection)return"alive";let n=this.#t.size?this.#s.probeAfter:e;return this.#n.verdict(this.connection,n)}};var Sn=class{#e;#t=0;#o=performance.now();constructor(e){this.#e=e}get now(){return this.#t+Math.min(performance.now()-this.#o,5*this.#e)}advance(){let e=performance.now()-this.#o>5*this.#e;return this.#t=this.now,this.#o=performance.now(),e}},En=class{heardAt=0;probedAt=null;#e;constructor(e){this.#e=e}heard(e){this.heardAt=e,this.probedAt=null}probed(e){this.probedAt??=e}reset(){this.probedAt=null}verdict({welcomed:e,since:n},o,s){return e?this.probedAt!==null?o-this.probedAt>this.#e.probeTimeout?"dead":"alive":o-Math.max(this.heardAt,n)>s?"probe":"alive":o-n>this.#e.progressTimeout?"dead":"alive"}},vt=class{#e;#t;#o;#n=null;constructor(e){this.#e=e.probeAfter/10,this.#t=new Sn(this.#e),this.#o=new En(e)}get now(){return this.#t.now}get heardAt(){return this.#o.heardAt}watch(e){this.#t.advance(),this.#n=setInterval(()=>e(this.#t.advance()),this.#e)}stop(){clearInterval(this.#n)}reset(){this.#o.reset()}heard(){this.#o.heard(this.now)}probed(){this.#o.probed(this.now)}verdict(e,n){return this.#o.verdict(e,this.now,n)}};var Cn=Object.freeze({backoffBase:250,backoffCap:3e4,progressTimeout:3e4,probeAfter:1e4,probeTimeout:1e4,openTimeout:1e4,firstUpgrade:2e3,upgradeInterval:6e4,pollPause:250,inheritInterval:1e4});function kt(t,e=Math.random,{backoffBase:n,backoffCap:o}=Cn){return e()*Math.min(o,n*2**Math.min(t,60))}var Ta=5e3,Aa=3e4,Oa=/\breconnect after ([0-9]{1,9}) ms$/,Vo=3,Ra={4400:{action:"stop",status:"failed"},4401:{action:"stop",status:"unauthenticated"},4403:{action:"stop",status:"forbidden"},4408:{action:"resume"},4429:{action:"retry",minDelay:Ta}};function Xo(t,e="",n=!1){if(t===4401&&n)return{action:"resume"};let o=t===1001&&Oa.exec(e);return o?{action:"retry",minDelay:Math.min(Number(o[1]),Aa)}:Ra[t]??{action:"retry"}}function Jo(t){return t===1001||t>=4400}function Da(t){return t%Vo===Vo-1}var xt=class{#e;#t;#o=0;#n=0;constructor(e,n){this.#e=e,this.#t=n}get prefersHttp(){return Da(this.#n)}welcomed({http:e}){this.#o=0,e||(this.#n=0)}ended({http:e,blocked:n}){e?this.#n&&this.#n++:this.#n=n?this.#n+1:0}delay({action:e,minDelay:n=0},o,s){if(e==="resume"&&o)return 0;let r=kt(this.#o++,this.#t,this.#e);return Math.max(r,n,s?.retryAfterMs??0)}};var St=class{resume=null;user=null;server=null;limits={};heartbeat=25*1e3;update({session_id:e,resume_token:n,user:o,server:s=null,limits:r,heartbeat_seconds:i}){this.resume={session_id:e,resume_token:n},Object.assign(this,{user:o,server:s,limits:r??{}}),this.heartbeat=(i||25)*1e3}forget(){this.resume=null}};var Et=class{#e=null;#t=null;#o;#n;constructor(e,n){this.#o=e,this.#n=n}start(){this.#s(this.#o.firstUpgrade)}#s(e){clearTimeout(this.#t),this.#t=setTimeout(()=>this.#e=this.#n(),e)}failed(e){return e!==this.#e?!1:(this.#e=null,this.#s(this.#o.upgradeInterval),!0)}stop(){clearTimeout(this.#t);let e=this.#e;return this.#e=null,e}};var Ct=class{#e;#t;#o;#n;#s;#i;#r;#c;#a;#l;#u=new Set;#p=0;#d=!1;#m=null;#h=null;session=new St;constructor({transports:e,hello:n,requests:o,streams:s,onState:r,timing:i,random:c}){this.#e=e,this.#t=n,this.#o=o,this.#n=s,this.#s=i,this.#i=new _t(r),this.#r=new vt(i),this.#c=new xt(i,c);let u=this.#r;this.#a=new wt({requests:o,streams:s,liveness:u,timing:i}),this.#l=new Et(i,()=>this.#b(this.#g(!1))),this.wake=this.wake.bind(this)}get state(){return this.#i.current}start(){let e=this.#i.whenOnline();return this.#d||(this.#d=!0,globalThis.addEventListener?.("online",this.wake),this.#r.watch(n=>this.#E(n)),this.#$("connecting")),e}wake(){this.#m?this.#$("reconnecting"):this.#a.probe()}stop(e,{error:n,last:o}={}){let s=this.#a.take();this.#d=!1,this.#y(),this.#r.stop(),this.#l.stop(),globalThis.removeEventListener?.("online",this.wake);let r=[...this.#u].map(i=>(this.#w(i),i.close(i===s&&i.welcomed?o:void 0)));return this.#i.set({status:e,...n&&{error:n}}),Promise.all(r)}flush(){this.#a.flush()}refollow(){this.#a.refollow()}#$(e){this.#y(),this.#r.reset();let{primary:n,fallback:o}=this.#e,s=this.#g(!n||!!(o&&this.#c.prefersHttp));this.#a.connection=s,this.#_({status:e}),s.ended||this.#b(s)}#g(e){let{primary:n,fallback:o}=this.#e,s=e?o:n,r=this.#r,i=++this.#p,c=new gt({number:i,http:e,make:s,handler:this,liveness:r});return this.#u.add(c),c}#b(e){return e.open(),e}#y(){clearTimeout(this.#m),this.#m=null}#f(e,n,{code:o=1006,error:s}={}){if(e.ended||(this.#w(e,{repeat:o!==1009}),e.close(),this.#l.failed(e)))return;if(e!==this.#a.connection)return this.flush();this.#a.take(),this.#k();let r=!e.welcomed&&!Jo(o)&&!s;if(this.#c.ended({http:e.http,blocked:r}),n.action==="stop")return this.#x(n.status,s);let i=this.#c.delay(n,e.welcomed,s);this.#m=setTimeout(()=>this.#$("reconnecting"),i),this.#h=s??this.#h,this.#_({status:"reconnecting",retryAt:Date.now()+i})}#_(e){this.#i.set(this.#h?{...e,error:this.#h}:e)}#w(e,n){e.ended=!0,this.#u.delete(e),this.#a.forget(e),this.#o.connectionLost(e,n)}#k(){let e=this.#l.stop();e&&this.#f(e,{action:"retry"})}#x(e,n){let o=n??Yo(e);e!=="unauthenticated"&&this.#o.failAll(o),this.stop(e,{error:o})}#v(e){this.#a.isDrained(e)&&this.#f(e,{action:"retry"})}hello({resume:e}){let n=this.#t(),o=e&&this.session.resume;return o?{...n,resume:{...o,...this.#n.resume()}}:n}onWelcome(e,n){let{user:o}=n,s=this.#S(e);this.session.update(n),this.#c.welcomed(e),this.#h=null,e.http&&this.#e.primary&&this.#l.start(),this.#o.assignUser(o.id),this.#i.set({status:"online",transport:e.transport,user:o}),this.#n.restore(o.id,n.streams??{}),this.flush(),s&&this.#v(s)}#S(e){let n=this.#a.connection;return e===n?null:(this.#l.stop(),this.#a.replace(e),n)}onRefusal(e,n){let o=n.kind==="unauthenticated",s={action:"stop",status:o?"unauthenticated":"failed"};this.#f(e,o||!n.retryable?s:{action:"retry"},{error:n})}onNotification(e,n,o){e===this.#a.connection&&this.#n.receive(n,o)}onReply(e,n){let o=this.#o.onReply(n,this.#r.now),s=n.error&&Ne(n.error);if(s?.kind==="unauthenticated")return this.onRefusal(e,s);o&&(this.flush(),this.#v(e))}onTransport(e,n){let{status:o,transport:s}=this.state;e!==this.#a.connection||o!=="online"||n!==s&&this.#i.set({...this.state,transport:n})}onEnd(e,n,o){let s=e.welcomed&&e.byCookie;this.#f(e,Xo(n,o,s),{code:n})}#E(e){let{now:n,heardAt:o}=this.#r;this.#o.expire(n,o,this.#s.progressTimeout);for(let r of this.#a.overdue())this.#f(r,{action:"retry"});this.flush();let s=this.#a.verdict(this.session.heartbeat);s==="dead"?this.#f(this.#a.connection,{action:"retry"}):(s==="probe"||e)&&this.#a.probe()}};var La=t=>pt(t)&&t!=="tool_execution",Mn=144*36e5,Tt=class{#e;#t;#o;#n=Promise.resolve();#s=new Map;#i=0;#r=new Set;constructor(e,n,o){this.#e=e,this.#t=n,this.#o=o}#c(e){let n=this.#n.then(e).catch(o=>this.#o(o));return this.#n=n,n}keep({method:e,params:n,user:o}){if(!this.#e||!La(e))return;let s=n.client_msg_id,r=this.#s.get(s)??(this.#i=Math.max(Date.now(),this.#i+1));this.#s.set(s,r);let i={server:this.#t,user:o,id:s,method:e,params:n,at:r};this.#c(()=>this.#e.put(i))}drop({params:e,user:n}){let o=e.client_msg_id;if(!this.#s.delete(o))return;this.#r.add(o);let s={server:this.#t,user:n,id:o};this.#c(()=>this.#e.remove(s)).then(()=>this.#r.delete(o))}async claim(e){return this.#a(await this.#c(()=>this.#e?.claim(this.#t,e)))}async inherit(e){return this.#a(await this.#c(()=>this.#e?.inherit?.(this.#t,e)))}#a(e=[]){let n=[];for(let o of e.sort((s,r)=>s.at-r.at))this.#r.has(o.id)||(Date.now()-o.at>Mn?this.#c(()=>this.#e.remove(o)):n.push(o));for(let{id:o,at:s}of n)this.#s.set(o,s);return n}settled(){return this.#n}};var Pa=500,Ia=64,Na=200,At=class{#e=new Map;#t=new Set;#o;constructor(e=Pa){this.#o=e}apply({run:e,part:n,kind:o,off:s,text:r}){if(this.#t.has(e))return{off:s,added:"",gap:!1,changed:!1};let i=this.#n(e),c=i.get(n)??{part:n,kind:o,text:"",off:0},{part:u,added:d,gap:m}=Go(c,{off:s,text:r}),f=!m&&o!==c.kind&&s+ht(r)>=c.off,h=!!d||f;return h&&i.set(n,f?{...u,kind:o}:u),{off:c.off,added:d,gap:m,changed:h}}sync(e,n){let o=[];for(let{part:s,kind:r,text:i}of n){if(!i.startsWith(this.#e.get(e)?.get(s)?.text??""))continue;let{added:c,off:u,changed:d}=this.apply({run:e,part:s,kind:r,off:0,text:i});d&&o.push({run:e,part:s,kind:r,off:u,text:c})}return o}parts(e){return[...this.#e.get(e)?.values()??[]].sort((n,o)=>n.part-o.part)}offsets(){let e=[...this.#e].slice(-Ia),n=([o,s])=>[o,[...s.values()].map(({part:r,off:i})=>[r,i])];return Object.fromEntries(e.map(n).map(([o,s])=>[o,Object.fromEntries(s)]))}begin(e){this.#t.has(e)||this.#n(e)}knows(e){return this.#e.has(e)}hasEnded(e){return this.#t.has(e)}end(e){this.#e.delete(e),this.#t.add(e),this.#t.size>Na&&this.#t.delete(this.#t.values().next().value)}#n(e){return this.#e.has(e)||(this.#e.size>=this.#o&&this.#e.delete(this.#e.keys().next().value),this.#e.set(e,new Map)),this.#e.get(e)}};var Tn=2e3,An=["not_found","forbidden"],Ve=new Set(["run.completed","run.failed","run.cancelled","run.interrupted"]),qa={kind:"not_found",message:"The conversation is no longer followed"},Ot=class{#e;#t;#o=new Map;#n=new Map;#s=new Set;texts=new At;constructor(e,n){this.#e=e,this.#t=n}begin(e,n){return this.#o.has(e)||this.texts.hasEnded(e)?!1:(this.texts.begin(e),this.#o.set(e,n),!0)}delta(e){let n=this.#n.get(e.run);if(n){n.length<Tn&&n.push(e);return}let{added:o,gap:s,off:r,changed:i}=this.texts.apply(e);s?this.#i(e.run,[e]):i&&this.#e("delta",{...e,off:r,text:o})}sync(e,n){for(let o of this.texts.sync(e,n))this.#e("delta",o)}snapshot(e,n){for(let{run_id:s,parts:r}of n)this.begin(s,e),this.sync(s,r);let o=new Set(n.map(s=>s.run_id));for(let s of this.#a(e))o.has(s)||this.fetch(s)}fetch(e){this.#s.add(e),this.#i(e,[])}#i(e,n){if(this.#n.has(e))return;this.#n.set(e,n);let o=this.#s.has(e),s=r=>this.#r(r,o);this.#t("runs.get",{run_id:e},s).catch(r=>{this.#n.delete(e),An.includes(r.kind)&&this.#l(e)})}#r(e,n){let{run_id:o}=e,s=this.#n.get(o)??[];this.#n.delete(o),!this.texts.hasEnded(o)&&(this.sync(o,e.parts),e.status==="running"?s.forEach(r=>this.delta(r)):n&&this.#c(e),!n&&this.#s.has(o)&&this.#i(o,[]))}#c(e){this.#e("event",{stream:`room:${e.room_id}`,type:`run.${e.status}`,data:e}),this.end(e.run_id)}end(e){this.texts.end(e),this.#o.delete(e),this.#s.delete(e)}forgetRoom(e){for(let n of this.#a(e))this.#l(n)}#a(e){return[...this.#o].filter(([,n])=>n===e).map(([n])=>n)}#l(e){let n=this.#o.get(e);if(n===void 0)return;let s={...{run_id:e,room_id:n,status:"failed",error:qa},parts:this.texts.parts(e)};this.#e("event",{stream:`room:${n}`,type:"run.failed",data:s}),this.end(e)}};function Qo(t,{epoch:e,events:n}){if(!n.length)return{events:[],cursor:t,gap:!1};let o={epoch:e,seq:n[n.length-1].seq};if(!t)return{events:n,cursor:o,gap:!1};if(t.epoch!==e)return{events:[],cursor:t,gap:!0};let s=n.filter(r=>r.seq>t.seq);return s.length?s[0].seq!==t.seq+1?{events:[],cursor:t,gap:!0}:{events:s,cursor:o,gap:!1}:{events:[],cursor:t,gap:!1}}var Ua=1e3,Ce=t=>`room:${t}`,On=t=>t.startsWith("room:")?t.slice(5):null,Rt=class{#e;#t;#o;#n="";#s=new Map;#i=new Set;#r=new Map;constructor(e,n,o){this.#e=e,this.#t=n,this.#o=o,this.runs=new Ot(e,n)}resume(){let e=[...this.#s].filter(([o])=>!this.#r.has(o));return{cursors:Object.fromEntries(e.slice(-Ua)),runs:this.runs.texts.offsets()}}followed(){let n=[this.#n,...[...this.#i].map(Ce)].filter(o=>this.#s.has(o));return Object.fromEntries(n.map(o=>[o,this.#s.get(o)]))}restore(e,n){let o=this.#n;this.#n=`user:${e}`;for(let r of this.#s.keys())r.startsWith("user:")&&r!==this.#n&&this.#s.delete(r);let s=o!==""&&o!==this.#n;for(let[r,{recovered:i,epoch:c,seq:u}]of Object.entries(n)){let d=this.#s.has(r);(!d||!i)&&this.#s.set(r,{epoch:c,seq:u}),d&&!i&&r===this.#n&&(s=!0)}s&&this.#e("stale",{stream:this.#n}),this.#o();for(let r of[...this.#i]){let i=Ce(r);!this.#r.has(i)&&!n[i]?.recovered&&this.#c(r)}}receive(e,n){e==="events"?this.#u(n):e==="delta"?this.runs.delta(n):e==="signal"?this.#e("signal",n):e==="streams"&&this.#d(n.streams)}accepted({run_id:e,room_id:n,epoch:o,seq:s}){let r=Ce(n);this.#i.add(n);let i=this.#s.get(r);i||(this.#s.set(r,{epoch:o,seq:s}),this.#o()),!(e===null||!this.runs.begin(e,n)||!i)&&(i.epoch!==o||i.seq>s)&&this.runs.fetch(e)}async join(e){let n=Ce(e);this.#i.add(e),this.#r.has(n)||this.#r.set(n,[]);let o=!1;try{return await this.#t("rooms.join",{room_id:e},s=>{o=!0,this.#a(e,s)})}catch(s){throw An.includes(s.kind)&&this.forget(e),s}finally{o||this.#l(n)}}forget(e){this.#i.delete(e),this.#s.delete(Ce(e)),this.#o(),this.runs.forgetRoom(e)}#c(e){let n=Ce(e);this.#r.has(n)||this.#r.set(n,[]),this.join(e).catch(()=>this.#e("stale",{stream:n}))}#a(e,n){let o=Ce(e),s=this.#s.get(o);if(s?.epoch===n.epoch&&s.seq>n.seq)return this.#c(e);this.#i.has(e)&&(this.#s.set(o,{epoch:n.epoch,seq:n.seq}),this.#o(),this.#e("snapshot",{...n,room_id:e}),this.runs.snapshot(e,n.active_runs)),this.#l(o)}#l(e){let n=this.#r.get(e)??[];this.#r.delete(e);for(let o of n)this.#u(o)}#u(e){let{stream:n,epoch:o,events:s}=e,r=this.#r.get(n);if(r){r.length<Tn&&r.push(e);return}On(n)&&this.#i.add(On(n));let i=Qo(this.#s.get(n),e);if(i.gap)return this.#m(n,{epoch:o,seq:s.at(-1).seq});i.cursor&&this.#s.set(n,i.cursor);for(let c of i.events)this.#p({stream:n,epoch:o,...c})}#p(e){let{type:n,data:o}=e;n==="run.started"&&this.runs.begin(o.run_id,o.room_id),Ve.has(n)&&this.runs.sync(o.run_id,o.parts),this.#e("event",e),Ve.has(n)&&this.runs.end(o.run_id),n==="room.deleted"&&this.forget(o.room_id)}#d(e){for(let[n,{recovered:o,epoch:s,seq:r}]of Object.entries(e)){let i=this.#s.get(n),c=i?.epoch===s&&i.seq===r;!o&&!c&&this.#m(n,{epoch:s,seq:r})}}#m(e,n){let o=On(e);if(o&&this.#i.has(o)){this.#r.has(e)||this.#c(o);return}this.#s.set(e,n),this.#e("stale",{stream:e})}};var Dt=class{retryMs=0;#e="";#t={data:[]};push(e){let n=(this.#e+e).split(/\r\n|\n|\r(?!$)/);return this.#e=n.pop(),n.map(o=>this.#o(o)).filter(Boolean)}#o(e){if(e===""){let{data:s,...r}=this.#t;return this.#t={data:[]},s.length?{...r,data:s.join(`
`)}:null}let[,n,o]=/^([^:]*):? ?(.*)$/s.exec(e);return n==="data"?this.#t.data.push(o):n==="id"||n==="event"?this.#t[n]=o:n==="retry"&&/^\d{1,9}$/.test(o)&&(this.retryMs=Math.min(Number(o),3e4)),null}};var Fa=3,Zo=25,Ba=2e3,ja=100,es=(t,e)=>new Promise(n=>{let o=()=>{clearTimeout(s),e.removeEventListener("abort",o),n()},s=setTimeout(o,t);e.addEventListener("abort",o)}),Lt=class{transport="sse";#e;#t=null;#o=new AbortController;#n=null;#s="";#i="";#r=0;constructor({base:e,fetch:n,headers:o,timing:s,onTransport:r}){this.#e={base:e,fetch:n,headers:o,timing:s,onTransport:r}}open(e){this.#t=e,queueMicrotask(()=>this.#t?.opened())}send(e){this.#c(e,{signal:this.#o.signal}).then(n=>n&&this.#t?.frame(n)).catch(()=>this.#a())}async#c(e,n){let{base:o,fetch:s,headers:r}=this.#e,i=await s(new URL("api/rpc",o),{method:"POST",headers:{"content-type":"application/json",...r()},body:e,...n});if(i.status===204)return null;let c=await i.json();if(!(Array.isArray(c)?c[0]:c)?.jsonrpc)throw new TypeError("not a reply");return c}#a(e=1006){let n=this.#t;this.#t=null,this.#n?.abort(),this.#o.abort(),n?.ended(e)}follow(e){let n=Object.entries(e).slice(-ja),o=n.map(([s])=>s);o.join()===this.#s||!this.#t||(this.#s=o.join(),this.#i=n.map(([,{epoch:s,seq:r}])=>`${s}:${r}`).join(),this.#n?.abort(),o.length&&(this.#n=new AbortController,this.#l(o,this.#n.signal)))}async#l(e,n){let{timing:o}=this.#e;for(let s=0;s<=Fa&&!n.aborted;){let r=this.transport==="sse",i=await(r?this.#p(e,n):this.#m(e,n));if(n.aborted)return;if(i||(this.transport="poll"),s=i?0:s+1,s||r){let c=Math.max(kt(s,Math.random,o),this.#r);this.#r=0,await es(c,n)}}n.aborted||this.#a()}async#u(e,n,o={}){let{base:s,fetch:r,headers:i}=this.#e,c=new URL("api/events",s),u=e.map(h=>["stream",h]);c.search=new URLSearchParams([...u,...Object.entries(o)]);let d={"last-event-id":this.#i,...i()},m=await r(c,{headers:d,signal:n,cache:"no-store"});if(!m.ok&&m.headers.get("content-type")?.includes("json")&&!n.aborted&&this.#a(),!m.ok)throw new TypeError("no events");return m}async#p(e,n){let o=new AbortController,s=this.#e.timing.progressTimeout,r=setTimeout(()=>o.abort(),s),i=!1,c=new Dt;try{let u=AbortSignal.any([n,o.signal]),d=await this.#u(e,u),m=new TextDecoder;for(let f=d.body.getReader();;){let{done:h,value:p}=await f.read();if(h||n.aborted)return i;i||this.#e.onTransport("sse"),i=!0,clearTimeout(r),r=setTimeout(()=>o.abort(),s),this.#d(c.push(m.decode(p,{stream:!0})),n)}}catch{return i}finally{clearTimeout(r),this.#r=c.retryMs}}#d(e,n){e.length||this.#t?.frame(null);for(let{id:o,data:s}of e){if(n.aborted)return;let r=JSON.parse(s);this.#i=o??this.#i,this.#t?.frame(r)}}async#m(e,n){let{timing:o,onTransport:s}=this.#e,r=AbortSignal.timeout(Zo*1e3+o.progressTimeout);try{let i=AbortSignal.any([n,r]),c=await this.#u(e,i,{wait:String(Zo)}),{streams:u,frames:d,last_id:m}=await c.json();if(n.aborted)return!0;s("poll");let f=this.#i;this.#i=m,this.#t?.frame({method:"streams",params:{streams:u}});for(let h of d)n.aborted||this.#t?.frame(h);return m===f&&d.length&&await es(o.pollPause,n),!0}catch{return!1}}async close(e){let n=this.#t!==null;if(this.#a(1006),!e||!n)return;let o=AbortSignal.timeout(Ba);await this.#c(e,{signal:o,keepalive:!0}).catch(()=>{})}};var za="basicchat",Rn="queue",Wa=2e3,ts=({owner:t,...e})=>e,ns=t=>`basicchat-queue-${t}`;function Xe(t){return new Promise((e,n)=>{t.onsuccess=()=>e(t.result),t.onerror=()=>n(t.error)})}var Pt=class{#e=te();#t=null;#o=null;#n=()=>{};#s=!1;async#i(){return this.#t??=this.#r(),await(this.#o??=this.#c()),this.#t}#r(){let e=indexedDB.open(za,1);return e.onupgradeneeded=()=>e.result.createObjectStore(Rn,{keyPath:["server","user","id"]}),Xe(e).then(n=>(n.onversionchange=()=>n.close(),n))}#c(){return navigator.locks?new Promise((e,n)=>{let o=new Promise(s=>this.#n=s);navigator.locks.request(ns(this.#e),()=>(e(),o)).catch(n)}):Promise.resolve()}async#a(e,n){let s=(await this.#i()).transaction(Rn,e,{durability:"relaxed"}),r=new Promise((c,u)=>{s.oncomplete=c,s.onabort=()=>u(s.error)}),i=await n(s.objectStore(Rn));return await r,i}async put(e){await this.#a("readwrite",async n=>{await Xe(n.count())<Wa&&n.put({...e,owner:this.#e})})}async remove({server:e,user:n,id:o}){await this.#a("readwrite",s=>s.delete([e,n,o]))}async claim(e,n){this.#s||await this.#u();let{own:o,left:s}=await this.#l(e,n);return[...o,...s].map(ts)}async inherit(e,n){return navigator.locks?(await this.#l(e,n)).left.map(ts):[]}async#l(e,n){let o=IDBKeyRange.bound([e,n],[e,n,[]]),s=await this.#a("readonly",c=>Xe(c.getAll(o))),r=s.filter(c=>c.owner===this.#e),i=[];for(let c of new Set(s.map(u=>u.owner)))c!==this.#e&&i.push(...await this.#p(c,o));return{own:r,left:i}}async#u(){this.#s=!0,await this.#a("readwrite",async e=>{for(let{server:n,user:o,id:s,at:r}of await Xe(e.getAll()))Date.now()-r>Mn&&e.delete([n,o,s])})}#p(e,n){let o=()=>this.#d(e,n);if(!navigator.locks)return o();let s={ifAvailable:!0};return navigator.locks.request(ns(e),s,r=>r?o():[])}#d(e,n){return this.#a("readwrite",async o=>{let s=(await Xe(o.getAll(n))).filter(r=>r.owner===e);for(let r of s)o.put({...r,owner:this.#e});return s})}async close(){let e=this.#t;this.#t=this.#o=null,this.#n(),(await e?.catch(()=>null))?.close()}};var Ha="basicchat.v1",It=class{transport="websocket";#e;#t=null;#o=null;#n=null;constructor({base:e,WebSocket:n,openTimeout:o}){this.#e={base:e,WebSocket:n,openTimeout:o}}open(e){let{base:n,WebSocket:o,openTimeout:s}=this.#e;this.#n=e.ended;let r=new URL("ws",n);r.protocol=r.protocol.replace("http","ws");try{this.#t=new o(r.href,[Ha])}catch{return queueMicrotask(()=>this.#i(1006))}this.#o=setTimeout(()=>this.close(),s),this.#t.onopen=()=>{clearTimeout(this.#o),this.#n&&e.opened()},this.#t.onmessage=({data:i})=>this.#s(i,e),this.#t.onerror=()=>{},this.#t.onclose=({code:i,reason:c})=>this.#i(i,c)}#s(e,n){if(!this.#n)return;let o;try{o=JSON.parse(e)}catch{return this.close()}n.frame(o)}#i(e,n){clearTimeout(this.#o);let o=this.#n;this.#n=null,o?.(e,n)}send(e){this.#t.send(e)}follow(){}async close(e){e&&this.#t?.readyState===1&&this.#t.send(e),this.#t?.close(1e3),this.#i(1006)}};var Ka="http://127.0.0.1:8765";function os(t=globalThis.location?.origin??Ka){return new URL(t.replace(/^ws/,"http").replace(/\/*$/,"/"))}var ss=()=>globalThis.indexedDB?new Pt:null;function rs({base:t,WebSocket:e,fetch:n,timing:o,authorization:s}){if(!e&&!n)throw new TypeError("Every transport is disabled: pass WebSocket or fetch");let r=()=>({"x-basicchat":"1",...s()});return{primary:e?()=>new It({base:t,WebSocket:e,openTimeout:o.openTimeout}):null,fallback:n?u=>new Lt({base:t,fetch:n,headers:r,timing:o,onTransport:u}):null}}var Ga=1<<20,Ya=new Set(["typing.set","presence.set"]),Je=class{#e;#t=new yt;#o;#n;#s;#i;#r;#c;constructor({url:e,token:n,name:o="javascript",version:s="1",timing:r,random:i,...c}={}){this.#e={base:os(e),token:n,client:{name:o,version:s},WebSocket:"WebSocket"in c?c.WebSocket:globalThis.WebSocket,fetch:"fetch"in c?c.fetch:(...m)=>globalThis.fetch(...m),timing:{...Cn,...r}},this.#s="queue"in c?c.queue:ss(),this.#o=new Tt(this.#s,this.#e.base.href,m=>{console.warn("Requests waiting to be sent are not stored:",m)}),this.#i=new $t(this.#o);let u=(m,f)=>this.#t.emit(m,f),d=()=>this.#r.refollow();this.#c=new Rt(u,(...m)=>this.#l(...m),d),this.#r=new Ct({transports:rs({...this.#e,authorization:()=>this.authorization()}),hello:()=>this.#m(),requests:this.#i,streams:this.#c,onState:m=>this.#p(m),timing:this.#e.timing,random:i??Math.random}),this.wake=this.#r.wake}get state(){return this.#r.state}get user(){return this.#r.session.user}get server(){return this.#r.session.server}get limits(){return this.#r.session.limits}async connect(){return await this.#r.start(),this}async authenticate(e){return this.#e.token=e,this.#r.stop("connecting"),this.#r.session.forget(),this.connect()}async close(){let e=qe("close","session.close",{}),n=this.#r.stop("closed",{last:e});this.#r.session.forget();let o=new N("The client was closed",{kind:"closed"});this.#i.failAll(o,{kept:!0}),await n,await this.#o.settled(),await this.#s?.close?.()}async call(e,n={}){return Ya.has(e)&&this.state.status!=="online"?null:this.#l(e,n,this.#a)}#a=e=>{e?.epoch&&e.run_id!==void 0&&this.#c.accepted(e)};async#l(e,n,o){let s=Ue(this.state);if(s&&this.state.status!=="unauthenticated")throw s;let r=this.#u(e,n,o,this.user?.id??null);return this.#r.flush(),r.queued=r.sentOn===null,r.reply}#u(e,n,o,s){let r=this.limits.max_frame_bytes??Ga;return this.#i.add(e,n,{maxBytes:r,onResult:o,user:s})}async sendQuery(e,n,o){return this.call("query",is(e,n,o))}async*streamQuery(e,n,o){let s=new Ye(this.#t,["delta","event","state"]);try{let r=await this.call("stream_request",is(e,n,o));for(yield{type:"accepted",...r};r.run_id!==null;){let[i,c]=await s.next(),u=i==="state"&&Ue(c);if(u)throw u;if((c.run??c.data?.run_id)===r.run_id&&(yield i==="delta"?{type:"delta",...c}:c,Ve.has(c.type)))return}}finally{s.end()}}async sendMessage({type:e,method:n=e??"stream_request",...o}){return this.call(n,o)}async join(e){return this.#c.join(e)}async leave(e){this.#c.forget(e);try{return await this.call("rooms.leave",{room_id:e})}finally{this.#c.forget(e)}}async typing(e,n=!0){return this.call("typing.set",{room_id:e,typing:n})}on(e,n){return this.#t.on(e,n)}async*events(...e){let n=e.length?e:bt,o=new Ye(this.#t,[...n,"state"]);try{for(;;){let[s,r]=await o.next();n.includes(s)&&(yield[s,r]);let i=s==="state"&&Ue(r);if(i?.kind==="closed")return;if(i)throw i}}finally{o.end()}}parts(e){return this.#c.runs.texts.parts(e)}authorization(){let{token:e}=this.#e;return e?{authorization:`Bearer ${e}`}:{}}#p(e){if(this.#t.emit("state",e),clearInterval(this.#n),e.status!=="online")return;let n=e.user.id;this.#d(n,this.#o.claim(n));let o=()=>this.#d(n,this.#o.inherit(n));this.#n=setInterval(o,this.#e.timing.inheritInterval),this.#n.unref?.()}async#d(e,n){for(let{id:o,method:s,params:r}of await n)if(!(this.#i.has(o)||this.user?.id!==e))try{let i=this.#u(s,r,this.#a,e);i.queued=!0;let c=i.reply;c.catch(()=>{}),this.#t.emit("restored",{method:s,params:i.params,reply:c})}catch(i){if(!(i instanceof N))throw i}this.#r.flush()}#m(){let{client:e,token:n}=this.#e;return n?{client:e,token:n}:{client:e}}};function is(t,e,n){let o=typeof e=="object"?e:{...n,reasoningMode:e},s={query:t,reasoning_mode:o?.reasoningMode??"auto",room_id:o?.roomId,model:o?.model,document_ids:o?.documentIds,client_msg_id:o?.clientMsgId};return Object.fromEntries(Object.entries(s).filter(([,r])=>r!=null))}function Dn(t){let e=!1;return()=>{if(e)return;e=!0;let{port1:n,port2:o}=new MessageChannel;n.onmessage=()=>{n.close(),e=!1,t()},o.postMessage(null)}}function me(t){if(globalThis.requestIdleCallback){let n=requestIdleCallback(()=>t(),{timeout:2e3});return()=>cancelIdleCallback(n)}let e=setTimeout(t,200);return()=>clearTimeout(e)}var de=[];function Nt(t){return de.push(t)===1&&cs(as),()=>{let e=de.indexOf(t);e>=0&&(de[e]=null)}}function as(){for(;de.length&&!de[0];)de.shift();try{de[0]?.()}finally{de.shift(),de.length&&cs(as)}}function cs(t){let e=Dn(t);if(!globalThis.requestAnimationFrame||document.hidden)return void setTimeout(e,0);requestAnimationFrame(e)}function Me(t,e){try{return JSON.parse(localStorage.getItem(t))??e}catch{return e}}function Te(t,e){try{e===null?localStorage.removeItem(t):localStorage.setItem(t,JSON.stringify(e))}catch{}}function Ln(){try{let t=["basicchat.theme","basicchat.language","basicchat.chosen"];for(let e of Object.keys(localStorage))e.startsWith("basicchat.")&&!t.includes(e)&&localStorage.removeItem(e);sessionStorage.clear()}catch{}}var Pn=["Add","Cancel","Close","Connecting…","Copied","Copy","Delete","Dismiss","Done","Edit","Leave","Loading…","Name","Password","At least 8 characters.","Reload","Remove","Rename","Revoke","Role","Stop","Try again","(you)",", "," · ","{first} and {last}",{B:"{n} B",kB:"{n} kB",MB:"{n} MB",GB:"{n} GB"},{ms:"{n} ms",s:"{n} s"},{one:"{count} day",other:"{count} days"},{one:"{count} year",other:"{count} years"},{one:"{count} person",other:"{count} people"},"page {page}","line {line}","lines {first}–{last}",{owner:"Owner",admin:"Administrator",member:"Member",guest:"Guest"},{guest:"Can join rooms by invitation.",member:"Can create rooms, add documents and invite guests.",admin:"Can also manage members and guests.",owner:"Has full control of this server."},"Role of {name}",{owner:"Owner",member:"Member",viewer:"Viewer"},{read:"read",write:"write",admin:"administer"},"Assistant",{},{timeout:"The server may be busy. Try again.",connection_lost:"Try again when you are back online.",forbidden:"Ask an owner or administrator for access.",rate_limited:"Wait a moment, then try again.",upstream_unavailable:"Check that the model server is running, then try again.",not_found:"It may have been deleted.",too_large:"Shorten it, then try again.",storage_full:"Ask an administrator to free space on the server, then try again."},"Something went wrong","Could not reach the server","The server responded with status {status}","Try again in {seconds} s.","You can try again now.",{page:"BasicChat cannot be displayed because of an error in this page",view:"This view cannot be displayed because of an error in this page",message:"This message cannot be displayed because of an error in this page"},"No data was lost. Try again, or reload the page.",{rooms:"Could not load your conversations.",documents:"Could not load your documents.",tasks:"Could not load your tasks.",models:"Could not load the models."},"{room} · BasicChat","({count}) {title}","Skip to conversation","Drop files to add them to your documents",{account:"Your account",admin:"Administration",connect:"Connect other programs"},"Open the menu","Search in this conversation","Invite","Members: {count}, {here} online","Conversations","Close the menu","New chat","New room","Search",{apple:"⌘ K",pc:"Ctrl K"},"Account and settings",{light:"Use the light theme",dark:"Use the dark theme"},{ollama:"Ollama",openai_compatible:"OpenAI-compatible server",llamacpp:"llama.cpp",extractive:"Quotes only, no model"},"A room is a conversation with other people. You can invite them once you have created it.","Create","Online","Online, over HTTP","Offline","Offline, {count} waiting","Connecting…","Connection lost. Your messages will be sent when you are back online.",{one:"Connection lost. {count} message will be sent when you are back online.",other:"Connection lost. {count} messages will be sent when you are back online."},{failed:"This page is not compatible with the server. Reload it to continue.",forbidden:"You do not have access to this server.",closed:"You are logged out."},"Retrying in {seconds} s","Retrying…","Retry now","The server cannot reach its database. You can read what is shown; messages can be sent again when it is back.","Other servers cannot be reached. Messages from people on them arrive later.","WebSocket is blocked, using HTTP.","Everything works, but a little slower.","Your conversations","Loading your conversations…","No conversations yet. Ask a question to start one.","No rooms yet. Rooms you are invited to appear here.","Shared room:","Untitled","(draft)","Draft","{count} unread","99+","Actions for {name}","Rename conversation","Delete this conversation?","“{name}” will be permanently deleted. Your documents are kept.","“{name}” and all its messages will be permanently deleted for all {count} members.","Leave this room?","You will no longer have access to “{name}” unless someone invites you again.","You left the room.","Ask your own documents","Answers come with links to their sources. Your documents stay on this server.","Welcome, {name}","You are a guest on this server. Choose one of your rooms to join the conversation.","You are a guest on this server. Rooms you are invited to appear in the menu.","Drop documents anywhere on this page","Add your first documents","PDF, office files, e-mail, web pages, Markdown, text and more","Choose files",{one:"{count} document ready",other:"{count} documents ready"},"{count} being processed","{count} unreadable","Use words that you expect to find in the text, for example “What is the notice period of the lease?” The passages that match best are quoted.","Then ask, for example","Try asking","What are the main points?","Which dates and deadlines are mentioned?","What does it say about costs?","Which numbers matter most, and why?","What are the main points of “{title}”?","Which dates and deadlines does “{title}” mention?","What do “{title}” and “{other}” have in common?","Latest","You can read this room, but you cannot write in it.","Everyone in this room sees your messages. Mention `@assistant` to ask the assistant.","Answers can be wrong. Check their sources.","No language model is connected, so answers are quotes from your documents.","How to get written answers","{name}: {text}","The answer failed. {message}","Answer stopped.","Answer complete: {text}",{one:"Answer complete, with {count} source: {text}",other:"Answer complete, with {count} sources: {text}"},{one:"is typing…",other:"are typing…"},"Several people","Conversation","This conversation is not available","It was deleted, or you are not a member.","Loading the conversation…","Waiting for the connection…","Show earlier messages","No messages yet.","No one else is here yet. Invite people, or ask the assistant.","Seen by {names}","This message is no longer available.","Ask a question","Write a message","Your question","Your message","Ask your documents…","Write, or ask @assistant…","Ask the assistant","Also use my own documents for this question","Everyone here will see what the answer quotes from your own documents.","Mode","{mode}, this question only","Model","Loaded","Send","Send (Enter)","Stop the answer","Stop (Esc)","Mention someone","Answers in this room",{one:"{count} suggestion. Use the arrow keys to choose.",other:"{count} suggestions. Use the arrow keys to choose."},"You","{name}, deleted","You deleted this message.","A message from {name} was deleted.","edited","Actions for this message","Previous version","Next version","Version {index} of {count}","Copied.","Delete this message?","Its text will be permanently removed for everyone.","Sending…","Will be sent when you are back online.","Send again","Discard","Edit your message","Save","Save only","Save and answer again","Answer","Answer in progress","Deleted answer","This answer was deleted.","to you","to {name}","Previous answer","Next answer","Answer {index} of {count}","{index}/{count}","Thinking…","Starting…","The answer is complete, but could not be stored yet.","Steps and reasoning","No steps or reasoning were recorded.",{search:"Search: {detail}",tool:"Tool: {detail}"},"Arguments","Result","No result.","Only the person who asked can see this result.","failed",{plan:"Plan",notes:"Research",outline:"Outline",section:"Report"},"Progress of the answer","The server stopped while this answer was being written. The text so far is kept.","You stopped this answer.","This answer was stopped.","Continue","Start over","Answer again","Good answer","Bad answer","{label} ({count})","Copy the answer","Actions for this answer","Delete this answer?","Its text will be permanently removed for everyone. Other answers to the question are kept.",{one:"{count} token",other:"{count} tokens"},"Sources","Source {n}","No source supports this citation",{one:"{count} citation is not supported by the sources.",other:"{count} citations are not supported by the sources."},"text","Download the original","All documents","Sources of this answer","Quoted passage","Source {n}: {title}","This document is no longer available","It was deleted after this answer was written.","You do not have access to this document","It belongs to {name}. Only the passage quoted in the answer is shared with you.","It belongs to someone else. Only the passage quoted in the answer is shared with you.","Quoted in the answer","Loading the document…","Show earlier text","Show later text","Documents","Add documents","or drop files and folders on this page,","up to {size} each","Loading your documents…","No documents yet. You can ask about documents you add here in every conversation.","Delete {title}","Delete this document?","“{title}” and its search index will be deleted. Answers that cite it are kept, but can no longer open it.","This document could not be read. Delete it and try another file.","Queued","Processing","Indexing {title}",{pages_without_text:{one:"Page {pages} contains no text and cannot be searched. Scanned pages need text recognition (OCR) first.",other:"{count} pages contain no text and cannot be searched ({pages}). Scanned pages need text recognition (OCR) first."},embedding_incomplete:{one:"A passage was too long for the embedding model {model} and was shortened. All words are found; what was cut off is not found by meaning.",other:"{count} passages were too long for the embedding model {model} and were shortened. All words are found; what was cut off is not found by meaning."}},{one:"{count} page",other:"{count} pages"},{waiting:"Waiting",uploading:"Uploading",accepted:"Uploaded",duplicate:"Already in your documents"},"Uploading {name}","Retry {name}","Dismiss {name}","Files of type {suffix} are not supported. PDF, office files, e-mail, web pages and text are.","Files without an extension are not supported. Add the one that fits, such as .txt, and try again.","This file is empty. Choose another one.","This file is too large ({size}; the limit is {limit}). Split it and upload the parts.","The connection was lost during the upload. Try again.","The server rejected this file (status {status})","Tasks","No tasks. Documents that are being indexed and answers that take minutes are listed here.",{ingest:"Indexing",run:"Answer"},{pending:"Waiting",running:"In progress",completed:"Done",failed:"Failed",cancelled:"Stopped"},"Progress of {name}","Stop {name}","Members",{one:"{count} member",other:"{count} members"},{online:"Online",away:"Away",offline:"Offline"},"Actions for {name}","Remove from the room","Remove {name}?","{name} will lose access to this room. Their messages are kept.","Invite people","Add someone","as","People on this server","Add {name}","No one found. They may already be in this room.","Search","Search messages, conversations and documents","Messages","Only in “{room}”","Searching…","Enter words from a message, or from the name of a conversation or document. The last one may be incomplete.",{one:"{count} result",other:"{count} results"},{one:"More than {count} result",other:"More than {count} results"},"Nothing found for “{query}”.","No message contains exactly these words. Messages with similar words are shown.","In documents","Results","Show more","Log in to BasicChat","Log in","Logging in…","Continue with {name}","or",{"login-lapsed":"This login link has expired or was already used","sso-failed":"Single sign-on failed","sso-refused":"You signed in, but you do not have access to this server"},{"login-lapsed":"Create a new one with `basicchat login`.","sso-failed":"Try again, or ask an administrator.","sso-refused":"Ask an administrator for access."},"You no longer have access to this server","Your account is suspended. Ask an administrator.","You were logged out","Log in again to continue.","Log in with a link or a token","Open the login link that `basicchat serve` printed when it started. It works once; `basicchat login` prints a new one.","Or paste the link or token here","Continue","This token is invalid or has expired","Create a new one with `basicchat token`.","You have been invited","This invitation is no longer valid","Loading the invitation…","This invitation creates an account, but you already have one.","Not now","Join","Someone","{inviter} invited you to the room “{room}”.","{inviter} invited you to this server.",{guest:"You will join as a guest: you can join rooms by invitation.",member:"You will join as a member: you can create rooms, add documents and invite guests.",admin:"You will join as an administrator: you can also manage members and guests.",owner:"You will join as an owner: you have full control of this server."},"Log in instead","Your name","You log in with this name, and others see it.","Choose a password","I already have an account","Your account","{role}. {hint}","For programs that act on your behalf. A key is shown only once, when it is created.","Current password","Leave this empty if you have no password yet, for example because you log in with a link or single sign-on.","New password","New password again","The new passwords do not match","Change password","Your password has been changed. You were logged out on all other devices.","Sessions","Log out","Log out everywhere","Log out everywhere?","You will be logged out on all your devices, including this one. API keys keep working.","API keys","API keys of {name}","Loading keys…","No API keys yet.","New key","New API key","New API key for {name}","Revoke {label}","Revoke “{label}”?","Programs that use this key stop working immediately, and their running requests are cancelled.","can {scopes}","created {date}","expires {date}","last used {date}","never used","Purpose","For example, backup script","Permissions",{read:"Read",write:"Write, ask and upload",admin:"Administer this server"},"Expires after","Never","Create key","Your new API key","New API key for {name}","Copy it now: it is shown only once. Anyone who has it can act as you.","Copy it now: it is shown only once. Anyone who has it can act as {name}.","Key","Invite by link","Expires after","Can be used by","Create link","Link","Invitation to this room","Anyone with this link can join the room. People without an account join as guests. Copy it now: it is shown only once.","People without an account can use the link too. Everyone who joins sees all earlier messages in “{room}”.","Join as",{member:"Member: can read and write",viewer:"Viewer: can only read"},"Invitation to this server","Anyone with this link can create an account on this server. Copy it now: it is shown only once.","Join as","Administration","Only owners and administrators can manage this server.",{people:"People",invitations:"Invitations"},"Users","Add a user","Find a user","Loading users…",{one:"{count} user",other:"{count} users"},"joined {date}","no password","Suspended","Actions for {name}","Suspend","Suspend {name}?","{name} is logged out on all devices immediately and cannot log in until you resume the account. Nothing is deleted.","{name} has been suspended.","Resume","{name} can log in again.","Delete {name}?","The account is deleted together with its documents, its API keys and all rooms without other members. What {name} wrote in other rooms is kept. This cannot be undone.","{name} has been deleted.","{name} has been logged out.","They log in with this name, and others see it.","Leave this empty to generate one.","{name} has been added","{name} has been added.","Give this password to {name}. It is shown only once; they can change it under “Your account”.","Reset password","Reset the password of {name}?","A new password is generated and shown to you once. {name} is logged out on all devices.","Reset password","New password for {name}","Give it to {name}. It is shown only once. The old password no longer works, and {name} has been logged out on all devices.","Loading invitations…","No open invitations.","{role}, in “{room}” as {roomRole}","by {name}","someone","a room",{one:"{count} use left",other:"{count} uses left"},"expires {date}","Withdraw","Withdraw this invitation?","The link stops working. People who joined with it stay.","Connect other programs","Claude, Cursor, VS Code and other clients of the Model Context Protocol (MCP) can search and read your documents and conversations, and ask questions. A client sees only what you can see.","Server address","Enter this URL where a client asks for the address of a server or connector. The client then opens a page where you log in and approve it.","Server URL","Client configuration","Client","Operating system",{darwin:"macOS",win32:"Windows",linux:"Linux"},"Connection",{remote:"Over the network",local:"On the same machine"},"Add this to `{file}`:","Configuration for {client}","Or let BasicChat do it. Run this on the client's machine:","Command","{client} does not accept a URL in its configuration. Create an API key in your account, then run this on the client's machine, where BasicChat must be installed. It adds a program that connects {client} to this server:","Connectors that you add in the client's own settings connect from its vendor's servers. They need an HTTPS address that is reachable from the internet.","Connectors that you add in the client's own settings connect from its vendor's servers. They need an HTTPS address that is reachable from the internet, which this one is not.","Copy: {label}","Connected apps","No connected apps.","connected {date}","Disconnect","Disconnect {name}","Disconnect “{name}”?","The app loses access immediately, and its running requests are cancelled. It can ask you for access again."];var ls={en:{direction:"ltr",load:()=>Pn}},us="en",In=[],Nn,qt,ds,ms,ps;hs(us,Pn);async function fs(){let e=[Me("basicchat.language",""),...bs()].map(ys).find(s=>Object.hasOwn(ls,s))??us,{direction:n,load:o}=ls[e];hs(e,await o()),Object.assign(document.documentElement,{lang:e,dir:n})}var a=(t,e)=>$s(Nn[t],e);function E(t,e,n){let o=Nn[t];return Object.hasOwn(o,e)?$s(o[e],n):void 0}function qn(t,e){let n={minimumFractionDigits:e,maximumFractionDigits:e};return(ps[e]??=gs(n)).format(t)}function Fe(t){let e=null,n=o=>(e??=new Intl.DateTimeFormat(qt,t)).format(new Date(o));return In.push(n),n}function Un(t=0){t<In.length&&me(()=>{In[t]("2000-01-01T00:00:00Z"),Un(t+1)})}function hs(t,e){Nn=e,qt=bs().find(n=>ys(n)===t)??t,ds=new Intl.PluralRules(qt),ms=gs(),ps={}}function $s(t,e){if(!e)return t;let n=t.other&&ds.select(e.count);return(n?t[n]??t.other:t).replace(/\{(\w+)\}/g,(s,r)=>Va(e[r]))}var Va=t=>typeof t=="number"?ms.format(t):t;function gs(t){return new Intl.NumberFormat(qt,{useGrouping:"min2",...t})}function bs(){return globalThis.navigator?.languages??[]}function ys(t){return t.toLowerCase().split("-")[0]}async function Qe(t,e={},n={}){return ws(t,{method:"POST",headers:{"content-type":"application/json","X-BasicChat":"1",...n},body:JSON.stringify(e)})}var _s=t=>ws(t,{});function Xa({code:t,message:e,data:n={}}){let{retry_after_ms:o,...s}=n;return new N(e,{...s,code:t,retryAfterMs:o})}async function ws(t,e){let n;try{n=await fetch(t,e)}catch{throw new N(a(43),{kind:"connection_lost"})}let o=await n.json().catch(()=>({}));if(n.ok)return o;if(o.error)throw Xa(o.error);let{status:s}=n;throw new N(a(44,{status:String(s)}),{kind:"http"})}var Ze=["people","invitations"];function ks(t){let[,e,...n]=t.split("/").map(vs),o=/^#invite=(.+)$/.exec(t)?.[1];if(o)return{name:"invite",code:vs(o)};if(e==="c"&&n[0])return{name:"chat",roomId:n[0],messageId:n[1]||null};if(e==="d"&&n[0]){let[s=null,r=null]=/^\d+-\d+$/.test(n[1])?n[1].split("-").map(Number):[];return{name:"source",documentId:n[0],start:s,end:r}}return e==="account"?{name:"account"}:e==="connect"?{name:"connect"}:e==="admin"?{name:"admin",tab:Ze.includes(n[0])?n[0]:Ze[0]}:{name:"chat",roomId:null,messageId:null}}var oe=(t,e)=>`#/c/${encodeURIComponent(t)}${e?`/${encodeURIComponent(e)}`:""}`,xs="#/account",Ss="#/connect",Ut=(t=Ze[0])=>`#/admin/${t}`;function vs(t){try{return decodeURIComponent(t)}catch{return t}}var Bn="basicchat.invitation";function Cs({store:t,client:e,notify:n}){let{dispatch:o,get:s}=t,r=(g,b)=>Qe(g,b,e.authorization());async function i(g){if(s().user&&s().user.id!==g.id)return Ln(),location.reload();o({type:"renewingLogin",on:!0}),await e.authenticate(void 0)}async function c(g,b){let{user:y}=await Qe("api/login",{name:g,password:b});await i(y)}function u(){Ln(),location.hash="",location.reload()}async function d(g,b){o({type:"renewingLogin",on:!0});try{let{user:y}=await r("api/password",{password:b,...g&&{current:g}});await i(y)}catch(y){throw o({type:"renewingLogin",on:!1}),y}n(a(342))}async function m(g){Fn(g),o({type:"invitation",invitation:{code:g}});try{let b=await Qe("api/invitations/look",{code:g});o({type:"invitation",invitation:{code:g,...b}})}catch(b){b.kind==="not_found"&&Fn(null),o({type:"invitation",invitation:{code:g,error:b}})}}async function f(g,b){let{code:y}=s().invitation,{user:S,room_id:A}=await Qe("api/invitations/accept",{code:y,name:g,password:b});$(),await i(S),p(A)}async function h(){let{room_id:g}=await r("api/invitations/accept",{code:s().invitation.code});$(),p(g)}let p=g=>{g&&(location.hash=oe(g))};function $(){Fn(null),o({type:"invitation",invitation:null})}return{logIn:c,logInWithToken:g=>e.authenticate(g),loginOptions:()=>_s("api/login-options"),logOut:()=>r("api/logout").then(u),logOutEverywhere:()=>r("api/logout-everywhere").then(u),changePassword:d,previewInvitation:m,resumeInvitation:()=>Es()&&m(Es()),acceptWithNewAccount:f,acceptInvitation:h,dismissInvitation:$}}function Fn(t){try{t?sessionStorage.setItem(Bn,t):sessionStorage.removeItem(Bn)}catch{}}function Es(){try{return sessionStorage.getItem(Bn)}catch{return null}}function Ms({store:t,client:e}){let{dispatch:n,get:o}=t;async function s(){n({type:"directory",...await e.call("users.list")})}async function r(g){let{user:b,password:y}=await e.call("users.create",g);return n({type:"directory.put",user:b}),{user:b,password:y}}async function i(g,b){let y=await e.call("users.update",{user_id:g,...b});n({type:"directory.put",user:y})}async function c(g){await e.call("users.delete",{user_id:g}),n({type:"directory.removed",userId:g})}async function u(){n({type:"invitations",...await e.call("invitations.list")})}async function d(g){let{invitation:b,path:y}=await e.call("invitations.create",g);return n({type:"invitation.put",invitation:b}),new URL(y.replace(/^\//,""),document.baseURI).href}async function m(g){await e.call("invitations.revoke",{invitation_id:g}),n({type:"invitation.removed",id:g})}let f=g=>g===o().user.id?{}:{user_id:g};async function h(g){let{keys:b}=await e.call("keys.list",f(g));n({type:"keys",userId:g,keys:b})}async function p(g,b){let{key:y,secret:S}=await e.call("keys.create",{...b,...f(g)});return n({type:"key.put",key:y}),S}async function $({user_id:g,key_id:b}){await e.call("keys.revoke",{key_id:b}),n({type:"key.removed",userId:g,keyId:b})}return{loadDirectory:s,addUser:r,changeUser:i,deleteUser:c,logOutUser:g=>e.call("session.logout_everywhere",{user_id:g}),loadInvitations:u,createInvitation:d,revokeInvitation:m,loadKeys:h,createKey:p,revokeKey:$}}var jn=t=>t.author.kind!=="assistant";function zn(t,e={},n=[]){let o=n.map(({id:f,options:h})=>({message_id:f,edits:h?.edits})),s=t.filter(jn).concat(o),{versions:r,rootOf:i}=Os(s),c=new Set;if(!r.size)return{hidden:c,versions:r,rootOf:i};let u=new Set(s.map(f=>f.message_id)),d=Rs(s,r,u),m=f=>{let h=r.get(i.get(f));return!h||f===Ja(h,e[i.get(f)])};for(let f of r.keys())m(f)||c.add(f);for(let{message_id:f}of s)(!m(f)||c.has(d.get(f)))&&c.add(f);return{hidden:c,versions:r,rootOf:i}}function Ts(t,e){let{hidden:n,versions:o}=zn(t,e);return o.size?t.filter(r=>jn(r)&&!n.has(r.message_id)).at(-1)?.message_id??null:null}function As(t,e){let n=t.filter(jn),{versions:o,rootOf:s}=Os(n),r=new Set(n.map(d=>d.message_id)),i=Rs(n,o,r),c={},u=e.parent_id??e.message_id;for(let d=new Set;u&&!d.has(u);u=i.get(u))d.add(u),s.has(u)&&(c[s.get(u)]=u);return c}function Os(t){let e=new Map,n=new Map;for(let{message_id:o,edits:s}of t)s&&(e.has(s)||e.set(s,[s]),e.get(s).push(o),n.set(s,s).set(o,s));return{versions:e,rootOf:n}}function Rs(t,e,n){let o=new Map,s=[...e.keys()].findLast(r=>!n.has(r))??null;for(let{message_id:r,edits:i,after:c}of t)o.set(r,i?o.get(i)??null:c??s),s=r;return o}var Ja=(t,e)=>t.includes(e)?e:t.at(-1);var Qa={id:"assistant",name:"assistant"},Za=/(?:^|[\s([{"'“‘])@([\p{L}\p{N}_.-]{0,40}(?: [\p{L}\p{N}_.-]{1,40})?)$/u,ec=/(?<![\w@.+-])@assistant\b(?!\.\w)/i,tc=6;function Ds(t,e){let n=Za.exec(t.slice(0,e));return n&&{start:e-n[1].length-1,query:n[1]}}function Ls(t,e,n){let o=t.toLowerCase(),s=({name:r})=>{let i=r.toLowerCase();return i.startsWith(o)?0:i.split(/\s+/).some(c=>c.startsWith(o))?1:2};return[Qa,...(e??[]).filter(r=>r.id!==n)].map(r=>({one:r,rank:s(r)})).filter(({rank:r})=>r<2).sort((r,i)=>r.rank-i.rank).slice(0,tc).map(({one:r})=>r)}function Ps(t,{start:e,query:n},o){let s=e+1+n.length,r=t.slice(s),i=`@${o}${/^\s/.test(r)?"":" "}`;return{text:t.slice(0,e)+i+r,caret:e+i.length+(/^\s/.test(r)?1:0)}}var Ft=t=>ec.test(t);function Is(t,e){let n=["assistant",...e].filter(Boolean).sort((i,c)=>c.length-i.length),o=new RegExp(`(?<![\\w@.+-])@(?:${n.map(nc).join("|")})(?![\\p{L}\\p{N}_])`,"giu"),s=[],r=0;for(let i of t.matchAll(o))i.index>r&&s.push({text:t.slice(r,i.index),mention:!1}),s.push({text:i[0],mention:!0}),r=i.index+i[0].length;return r<t.length&&s.push({text:t.slice(r),mention:!1}),s}var nc=t=>t.replace(/[\\^$.*+?()[\]{}|/]/g,"\\$&");var Kn={};Ee(Kn,{actions:()=>sc,bumpRoom:()=>Hn,events:()=>rc,initial:()=>oc,isShared:()=>z,putRoom:()=>Bt,unreadCount:()=>Wn});var oc={rooms:null},sc={rooms:(t,{rooms:e})=>({...t,rooms:e}),"room.created":(t,{room:e})=>Bt(t,e),open:(t,{roomId:e})=>({...t,roomId:e,once:t.roomId===e?t.once:null,ownDocuments:t.roomId===e&&t.ownDocuments,view:{name:"chat"},drawer:!1,panel:["documents","tasks"].includes(t.panel?.kind)?t.panel:null,rooms:ic(t.rooms,e)})},rc={"room.updated":(t,e)=>Bt(t,e)},z=t=>(t?.members?.length??0)>1,Wn=t=>(t??[]).reduce((e,n)=>e+n.unread,0),ic=(t,e)=>t?.map(n=>n.room_id===e&&n.unread?{...n,unread:0}:n)??null;function Hn(t,{room_id:e,seq:n}){let o=t.rooms?.find(s=>s.room_id===e);return o&&n>o.last_seq?Bt(t,{...o,last_seq:n}):t}function Bt(t,e){let n=(t.rooms??[]).filter(i=>i.room_id!==e.room_id),o=t.rooms?.find(i=>i.room_id===e.room_id),s={...o,...e};return!o||e.last_seq>o.last_seq?{...t,rooms:[s,...n]}:{...t,rooms:t.rooms.map(i=>i===o?s:i)}}var Gn={};Ee(Gn,{actions:()=>ac,availableId:()=>Ae,initial:()=>Ns,nextMode:()=>et,signals:()=>cc});var Ns={connection:{status:"idle",transport:null},locked:!1,renewingLogin:!1,user:null,lastRole:"member",limits:{},suffixes:null,service:{other_servers:!0,database:!0},view:{name:"chat"},roomId:null,visible:!0,models:[],provider:null,modes:[],chosen:{model:null,mode:"auto"},once:null,ownDocuments:!1,panel:null,drawer:!1,dialog:null,notice:null,invitation:null},ac={connection:(t,{state:e})=>({...t,connection:e,user:e.user??t.user,locked:uc(t,e),service:lc(t.connection,e)?t.service:Ns.service,renewingLogin:t.renewingLogin&&e.status!=="online"}),renewingLogin:(t,{on:e})=>({...t,renewingLogin:e,locked:t.locked&&!e}),limits:(t,{limits:e})=>({...t,limits:e}),suffixes:(t,{suffixes:e})=>({...t,suffixes:e}),catalogue:(t,{models:e,provider:n,modes:o})=>({...t,models:e,provider:n,modes:o}),chosen:(t,{chosen:e})=>({...t,chosen:{...t.chosen,...e}}),once:(t,{mode:e})=>({...t,once:e}),asked:t=>({...t,once:null,ownDocuments:!1}),ownDocuments:(t,{on:e})=>({...t,ownDocuments:e}),view:(t,{view:e})=>({...t,view:e,drawer:!1,panel:null}),visible:(t,{visible:e})=>({...t,visible:e}),panel:(t,{panel:e})=>({...t,panel:e,drawer:!1}),drawer:(t,{open:e})=>({...t,drawer:e}),dialog:(t,{dialog:e})=>({...t,dialog:e}),notice:(t,{notice:e})=>({...t,notice:e}),invitation:(t,{invitation:e})=>({...t,invitation:e})},cc={service:(t,{data:e})=>({...t,service:e})},lc=(t,{status:e,transport:n})=>e==="online"&&t.transport===n;function uc({locked:t,renewingLogin:e},{status:n}){return e?!1:["unauthenticated","forbidden"].includes(n)||t&&n!=="online"}var Ae=(t,e)=>t.find(n=>n.id===e)?.id;function et({modes:t,chosen:e,once:n}){let o=t.filter(s=>!s.background);return Ae(t,n)??Ae(o,e.mode)}var Be="new",dc=20,mc=200,pc=100;function qs({store:t,client:e,attempt:n,notify:o,moveDraft:s}){let{dispatch:r,get:i}=t;async function c(w,v=null){let C=i().roomId;w===C&&i().view.name==="chat"||(r({type:"open",roomId:w}),C&&C!==w&&!u(C)&&e.leave(C).catch(()=>{}),w&&w!==C&&await d(w)),w&&v&&await n(h(w,v))}let u=w=>Object.values(i().runs).some(v=>v.room_id===w);async function d(w){i().chats[w]?.messages.length||r({type:"chat.loading",roomId:w});try{await e.join(w)}catch(v){r({type:"chat.failed",roomId:w,error:v})}}async function m(w,v=dc){let C=i().chats[w].older,L=await e.call("messages.list",{room_id:w,before:C,limit:v});r({type:"older",roomId:w,...L})}let f=(w,v)=>i().chats[w]?.messages.find(C=>C.message_id===v);async function h(w,v){for(let ne=0;!f(w,v)&&ne<pc&&i().chats[w]?.older;ne++)await m(w,mc);let C=f(w,v);if(!C)return o(a(147));let L=C.parent_id?{[C.parent_id]:v}:{},U=As(i().chats[w].messages,C);r({type:"shown",roomId:w,shown:{...L,...U}}),r({type:"target",roomId:w,messageId:v})}function p(w,{edits:v}={}){let C=i(),L=$(C.chats[C.roomId],v),U=Ae(C.models,C.chosen.model),ne=et(C);U&&(L.model=U),ne&&(L.reasoning_mode=ne);let se=C.rooms?.find(ee=>ee.room_id===C.roomId);return(!z(se)||Ft(w))&&(C.ownDocuments&&z(se)&&(L.own_documents=!0),r({type:"asked"})),g({id:te(),text:w,options:L})}function $(w,v){if(v)return{edits:v};let C=w&&Ts(w.messages,w.shown);return C?{after:C}:{}}async function g(w){let v=i().roomId;r({type:"pending",roomId:v??Be,item:w});let C={query:w.text,client_msg_id:w.id,...w.options};return v&&(C.room_id=v),b(v,w,e.call("stream_request",C))}async function b(w,v,C){try{let L=await C;w||r({type:"pending.moved",from:Be,roomId:L.room_id,id:v.id}),r({type:"pending.accepted",roomId:L.room_id,id:v.id,seq:L.seq}),w||S(L.room_id)}catch(L){r({type:"pending.failed",roomId:w??Be,id:v.id,error:L})}}function y({method:w,params:v,reply:C}){if(w!=="stream_request")return n(C);let L={id:v.client_msg_id,text:v.query},U=v.room_id??null;return r({type:"pending",roomId:U??Be,item:L}),b(U,L,C)}function S(w){let{roomId:v,view:C}=i();v!==null||C.name!=="chat"||(s(w),r({type:"open",roomId:w}),history.replaceState(null,"",oe(w)))}function A(w,v){return r({type:"pending.done",roomId:w??Be,id:v.id}),g({...v,error:void 0})}let k=w=>e.call("messages.regenerate",{message_id:w});async function D(w,v,{answers:C,shared:L}){if(C&&!L){let U=w.edits??w.message_id;return r({type:"shown",roomId:w.room_id,shown:{[U]:null}}),p(v,{edits:U})}await e.call("messages.edit",{message_id:w.message_id,text:v}),C&&await k(w.message_id)}return{open:c,loadRoom:d,ask:p,resend:A,trackRestored:y,loadOlder:w=>n(m(w)),discardPending:(w,v)=>r({type:"pending.done",roomId:w??Be,id:v}),stopRun:w=>n(e.call("runs.cancel",{run_id:w})),regenerate:w=>n(k(w)),continueRun:w=>n(e.call("runs.continue",{run_id:w,client_msg_id:te()})),editMessage:D,deleteMessage:w=>n(e.call("messages.delete",{message_id:w})),rate:(w,v)=>n(e.call("feedback.set",{message_id:w,value:v,client_msg_id:te()})),clearTarget:w=>r({type:"target",roomId:w,messageId:null}),selectVersion:(w,v,C)=>r({type:"shown",roomId:w,shown:{[v[0]]:C}}),selectAnswer:(w,v,C)=>r({type:"shown",roomId:w,shown:{[v]:C}})}}function Us({client:t}){let e=()=>new URL(".",document.baseURI).href;return{listConnectors:()=>t.call("connectors.list",{url:e()}),listGrants:()=>t.call("grants.list").then(({grants:n})=>n),revokeGrant:({grant_id:n})=>t.call("grants.revoke",{grant_id:n})}}var Yn={};Ee(Yn,{actions:()=>hc,draftOf:()=>je,initial:()=>fc,signals:()=>$c});var fc={drafts:{}},hc={"drafts.loaded":(t,{drafts:e})=>{let n=Object.fromEntries(Object.entries(t.drafts).filter(([,o])=>o.dirty));for(let[o,s]of Object.entries(e))n[o]??={text:s,dirty:!1,sent:[]};return{...t,drafts:n}},"draft.loaded":(t,{roomId:e,text:n})=>tt(t,e,o=>o.dirty?{}:{text:n}),"draft.edited":(t,{roomId:e,text:n})=>tt(t,e,o=>({text:n,dirty:!0,sent:o.sent})),"draft.sending":(t,{roomId:e,text:n})=>tt(t,e,o=>({sent:[...o.sent,n].slice(-gc)})),"draft.saved":(t,{roomId:e,text:n})=>tt(t,e,o=>({dirty:o.dirty&&o.text!==n}))},$c={draft:(t,{data:{room_id:e,text:n}})=>tt(t,e,o=>o.sent.includes(n)?{sent:o.sent.filter(s=>s!==n)}:o.dirty?{}:{text:n})},gc=20,bc={text:"",dirty:!1,sent:[]},je=({drafts:t},e)=>t[e??"new"]?.text??"";function tt(t,e,n){let o=t.drafts[e]??bc;return{...t,drafts:{...t.drafts,[e]:{...o,...n(o)}}}}var Fs=80,yc=3e3,jt="new",Vn=t=>`basicchat.draft.${t??jt}`;function Bs({store:t,client:e}){let{dispatch:n,get:o}=t,s=new Map,r=new Map,i=new Map,c=new Set;function u($,g){n({type:"draft.edited",roomId:$??jt,text:g}),Te(Vn($),g||null),$&&d($,(i.get($)??0)+Fs-performance.now())}function d($,g){s.has($)||c.has($)||s.set($,setTimeout(()=>m($),Math.max(0,g)))}async function m($){if(clearTimeout(s.get($)),s.delete($),c.has($)||o().connection.status!=="online")return;let g=je(o(),$);i.set($,performance.now()),c.add($),n({type:"draft.sending",roomId:$,text:g});let b=i.get($)+Fs;try{await e.call("drafts.set",{room_id:$,text:g}),n({type:"draft.saved",roomId:$,text:g}),o().drafts[$].dirty||Te(Vn($),null)}catch(y){b=y.retryAfterMs?performance.now()+y.retryAfterMs:null}finally{c.delete($)}b!==null&&o().drafts[$]?.dirty&&d($,b-performance.now())}function f($){let g=Me(Vn($),"");g&&!o().drafts[$??jt]?.dirty&&u($,g)}function h($){let g=je(o(),null);g&&(u($,g),u(null,""))}function p($,g){let b=Date.now(),y=r.get($)??0;(g?b-y<yc:!y)||(r.set($,g?b:0),e.call("typing.set",{room_id:$,typing:g}).catch(()=>{}))}return{editDraft:u,setTyping:p,restoreDraft:f,moveDraft:h,saveDrafts(){for(let[$,{dirty:g}]of Object.entries(o().drafts))g&&$!==jt&&m($)},endTyping($){r.delete($)}}}var _c=1e3;function js({store:t,client:e,attempt:n,notify:o}){let{dispatch:s,get:r}=t,i=new Map,c=null,u=0;function d(p,$){let g=r().rooms?.find(b=>b.room_id===p);!g||!z(g)&&!g.unread||$<=(i.get(p)??0)||(i.set(p,$),clearTimeout(c),c=setTimeout(()=>{u=Date.now(),e.call("rooms.read",{room_id:p,seq:i.get(p)}).catch(()=>{i.delete(p)})},Math.max(0,u+_c-Date.now())))}async function m(p){let $=await e.call("rooms.create",{name:p});location.hash=oe($.room_id),s({type:"room.created",room:$}),s({type:"open",roomId:$.room_id}),s({type:"panel",panel:{kind:"members"}}),await e.join($.room_id)}async function f(p){await e.call("rooms.remove",{room_id:p,user_id:r().user.id}),r().roomId===p&&(location.hash=""),o(a(102))}let h=(p,$,g)=>e.call("rooms.invite",{room_id:p,user_id:$,role:g});return{markRead:d,createRoom:m,renameRoom:(p,$)=>n(e.call("rooms.update",{room_id:p,name:$})),deleteRoom:p=>(r().roomId===p&&(location.hash=""),n(e.call("rooms.delete",{room_id:p}))),leaveRoom:p=>n(f(p)),addMember:(p,$,g)=>n(h(p,$,g)),changeRole:(p,$,g)=>n(h(p,$,g)),removeMember:(p,$)=>n(e.call("rooms.remove",{room_id:p,user_id:$}))}}var zs=["guest","member","admin","owner"],Ws=["owner","member","viewer"],zt=Object.fromEntries(zs.map((t,e)=>[t,e])),Hs=(t,e)=>(zt[t?.role]??-1)>=zt[e],J=t=>Hs(t,"member"),Q=J,Wt=J,Xn=J,Ks=J,fe=t=>Hs(t,"admin");function Gs(t,e){return!fe(t)||t.id===e.id?!1:t.role==="owner"||zt[t.role]>zt[e.role]}function Ht(t){return t?.role==="owner"?zs:fe(t)?["guest","member"]:Xn(t)?["guest"]:[]}var pe=t=>!t||t.role!=="viewer",nt=t=>t?.role==="owner",Jn=(t,e,n)=>t.author.id===e&&!t.deleted_at&&pe(n);function Kt(t,e,n,o){return t.deleted_at||!pe(n)?!1:(t.author.kind==="assistant"?o?.author.id:t.author.id)===e||nt(n)}var wc=200,vc=50,kc=5;function Ys({store:t,client:e,attempt:n}){let{dispatch:o,get:s}=t,r=null;function i(f,h){if(o({type:"search.started",query:f,roomId:h}),clearTimeout(r),!f.trim())return o({type:"search.passages",query:f,roomId:h,hits:[]}),o({type:"search.found",query:f,roomId:h,messages:null});r=setTimeout(()=>{u(f,h),d(f,h)},wc)}let c=(f,h,p)=>e.call("messages.search",{query:f,limit:vc,...h&&{room_id:h},...p&&{before:p}});async function u(f,h){try{o({type:"search.found",query:f,roomId:h,...await c(f,h)})}catch(p){o({type:"search.failed",query:f,roomId:h,error:p})}}async function d(f,h){let p=[];!h&&Q(s().user)&&({hits:p}=await e.call("documents.search",{query:f,k:kc}).catch(()=>({hits:p}))),o({type:"search.passages",query:f,roomId:h,hits:p})}async function m(){let{query:f,roomId:h,next:p}=s().search,$=await c(f,h,p);o({type:"search.more",query:f,roomId:h,before:p,...$})}return{searchMore:()=>n(m()),openSearch:(f=null)=>!s().locked&&o({type:"search.open",roomId:f}),closeSearch:()=>o({type:"search.close"}),search:i}}function Vs(t,e){let{dispatch:n,get:o}=t,s=d=>n({type:"notice",notice:{text:d,id:te()}}),r=d=>n({type:"notice",notice:{error:d,id:te()}}),i=d=>d.catch(r),c={store:t,client:e,notify:s,showError:r,attempt:i},u=Bs(c);return{notify:s,showError:r,...u,...qs({...c,moveDraft:u.moveDraft}),...js(c),...Ys(c),...Cs(c),...Ms(c),...Us(c),deleteDocument:d=>i(e.call("documents.delete",{document_id:d})),readDocument:(d,m,f)=>e.call("documents.get",{document_id:d,start:m,end:f}),cancelTask:d=>i(e.call("tasks.cancel",{task_id:d})),readRun:d=>e.call("runs.get",{run_id:d}),async openSource({documentId:d,start:m,end:f}){let h=await i(e.call("documents.get",{document_id:d,end:0}));if(!h)return;let p={n:1,document_id:d,title:h.title,start:m,end:f},$=m===null?null:p;n({type:"panel",panel:{kind:"source",document:h,citation:$,citations:$?[$]:[]}})},openPanel:d=>n({type:"panel",panel:d}),openDrawer:d=>n({type:"drawer",open:d}),openDialog:d=>n({type:"dialog",dialog:d}),showView:d=>n({type:"view",view:d}),setChoice(d){n({type:"chosen",chosen:d}),Te("basicchat.chosen",o().chosen)},useOwnDocuments:d=>n({type:"ownDocuments",on:d}),setMode(d){let{background:m=!1}=o().modes.find(f=>f.id===d)??{};n({type:"once",mode:m?d:null}),m||this.setChoice({mode:d})},reconnect:()=>e.wake()}}var Js=function(t,e,n,o){var s;e[0]=0;for(var r=1;r<e.length;r++){var i=e[r++],c=e[r]?(e[0]|=i?1:2,n[e[r++]]):e[++r];i===3?o[0]=c:i===4?o[1]=Object.assign(o[1]||{},c):i===5?(o[1]=o[1]||{})[e[++r]]=c:i===6?o[1][e[++r]]+=c+"":i?(s=t.apply(c,Js(t,c,n,["",null])),o.push(s),c[0]?e[0]|=2:(e[r-2]=0,e[r]=s)):o.push(c)}return o},Xs=new Map;function Qs(t){var e=Xs.get(this);return e||(e=new Map,Xs.set(this,e)),(e=Js(this,e.get(t)||(e.set(t,e=(function(n){for(var o,s,r=1,i="",c="",u=[0],d=function(h){r===1&&(h||(i=i.replace(/^\s*\n\s*|\s*\n\s*$/g,"")))?u.push(0,h,i):r===3&&(h||i)?(u.push(3,h,i),r=2):r===2&&i==="..."&&h?u.push(4,h,0):r===2&&i&&!h?u.push(5,0,!0,i):r>=5&&((i||!h&&r===5)&&(u.push(r,0,i,s),r=6),h&&(u.push(r,h,0,s),r=6)),i=""},m=0;m<n.length;m++){m&&(r===1&&d(),d(m));for(var f=0;f<n[m].length;f++)o=n[m][f],r===1?o==="<"?(d(),u=[u],r=3):i+=o:r===4?i==="--"&&o===">"?(r=1,i=""):i=o+i[0]:c?o===c?c="":i+=o:o==='"'||o==="'"?c=o:o===">"?(d(),r=1):r&&(o==="="?(r=5,s=i,i=""):o==="/"&&(r<5||n[m][f+1]===">")?(d(),r===3&&(u=u[0]),r=u,(u=u[0]).push(2,0,r),r=0):o===" "||o==="	"||o===`
`||o==="\r"?(d(),r=2):i+=o),r===3&&i==="!--"&&(r=4,u=u[0])}return d(),u})(t)),e),arguments,[])).length>1?e:e[0]}var P,er,xc,he,Qn,Jt,tr,Yt,nr,to,Zn,or,st=Symbol.for("pv"),Qt={},Zt=[],Sc=/^m(i|n|o|s|text|space)$/,no=Array.isArray,oo=Zt.slice,Re=Object.assign;function Oe(t){t&&t.parentNode&&t.remove()}function sr(t,e,n){var o,s,r,i={},c=arguments.length;for(r in e)r=="key"?o=e[r]:r=="ref"&&typeof t!="function"?s=e[r]:i[r]=e[r];return c>2&&(i.children=c>3?oo.call(arguments,2):n),ot(t,i,o,s,null)}function ot(t,e,n,o,s){var r={type:t,props:e,key:n,ref:o,__k:null,__:null,__b:0,__e:null,__c:null,constructor:st,__v:s||++er,__i:-1,__u:0};return!s&&P.vnode&&P.vnode(r),r}function rt(t){return t.children}function Vt(t,e){this.props=t,this.context=e,this.__g=0}function $e(t,e){if(e==null)return t.__&&$e(t.__,t.__i+1);for(var n;e<t.__k.length;e++)if((n=t.__k[e])&&n.__e)return n.__e;return typeof t.type!="function"||t.props.__P?null:$e(t)}function Ec(t){var e,n=t.__v,o=n.__e,s=[],r=[],i=t.__P;i&&((e=Re({constructor:st},n)).__v=n.__v+1,P.vnode&&P.vnode(e),so(i,e,n,t.__n,i.namespaceURI,32&n.__u?[o]:null,s,o||$e(n),32&n.__u,r),e.__v=n.__v,e.__.__k[e.__i]=e,ur(s,e,r),n.__=n.__e=null,e.__e!=o&&rr(e))}function rr(t){if((t=t.__)&&t.__c&&!t.props.__P)return t.__e=null,t.__k.some(function(e){return e&&(t.__e=e.__e)}),rr(t)}function eo(t){(8&t.__g||(t.__g|=8,he.push(t),Jt++))&&Qn==P.debounceRendering||((Qn=P.debounceRendering)||queueMicrotask)(ir)}function ir(){try{for(var t,e=1;he.length;)he.length>e&&he.sort(tr),t=he.shift(),e=he.length,8&t.__g&&Ec(t)}finally{(Jt=he.length)&&(Qn||queueMicrotask)(ir)}}function ar(t,e,n,o,s,r,i,c,u,d,m){var f,h,p,$,g,b,y=o.__k||Zt,S=e.length;for(u=Cc(n,e,y,u,S),f=0;f<S;f++)(p=n.__k[f])!=null&&(h=~p.__i&&y[p.__i]||Qt,p.__i=f,b=so(t,p,h,s,r,i,c,u,d,m),$=p.__e,(h.ref!=p.ref||8&h.__u)&&(h.ref&&ro(h.ref,null,p,h),p.ref&&m.push(p.ref,p.__c||$,p)),g=g||$,4&p.__u?(u=cr(p,u,t,!h.__v),h.__e&&(h.__e=null)):typeof p.type=="function"&&b!==void 0?u=b:$&&(u=$.nextSibling),p.__u&=-21);return n.__e=g,u}function Cc(t,e,n,o,s){var r,i,c,u,d,m,f,h,p,$=n.length,g=$,b=0,y=0,S=t.__k=Array(s);for(r=0;r<s;r++)(i=e[r])!=null&&typeof i!="boolean"&&typeof i!="function"?(typeof i!="object"||i.constructor===String?i=S[r]=ot(null,i):no(i)?i=S[r]=ot(rt,{children:i}):i.constructor===st&&i.__b?i=S[r]=ot(i.type,i.props,i.key,i.ref,i.__v):S[r]=i,u=r+b,i.__=t,i.__b=t.__b+1,c=null,~(d=i.__i=Mc(i,n,u,g))&&(g--,(c=n[d])&&(c.__u|=2)),c&&c.__v?(i.__u|=16,d==u-1?b--:d==u+1?b++:d!=u&&(d>u?b--:b++,y=1)):(~d||(s>$?b--:s<$&&b++),typeof i.type!="function"&&(i.__u|=4))):S[r]=null;if(y){for(m=[],f=[],r=0;r<s;r++)if((i=S[r])&&16&i.__u){for(b=0,h=m.length;b<h;)m[p=b+h>>1]<i.__i?b=p+1:h=p;m[b]=i.__i,f[r]=b+1}for(b=m.length;r--;)f[r]&&(f[r]==b?b--:S[r].__u|=4)}if(g)for(r=0;r<$;r++)!(c=n[r])||2&c.__u||(c.__e==o&&(o=$e(c)),io(c,c));return o}function cr(t,e,n,o){var s,r,i,c;if(typeof t.type=="function"){if(t.props.__P)return e;if(s=t.__k)for(r=0;r<s.length;r++)s[r]&&(s[r].__=t,e=cr(s[r],e,n,!1));return e}for(e&&!e.parentNode&&(e=$e(t))&&!e.parentNode&&(e=null),i=t.__e,c=e;c&&c.nodeType==8;)c=c.nextSibling;for(i!=c&&(!o&&n.moveBefore&&i.parentNode?n.moveBefore(i,e):n.insertBefore(i,e||null)),e=i;(e=e&&e.nextSibling)&&e.nodeType==8&&!e.data.startsWith("$s"););return e}function Mc(t,e,n,o){var s,r=t.key,i=t.type,c=e[n],u=c&&!(2&c.__u);if(c===null&&r==null||u&&r==c.key&&i==c.type)return n;if(o>(u?1:0)){for(s=n-1;s>=0;s--)if((c=e[s])&&!(2&c.__u)&&r==c.key&&i==c.type)return s;for(s=n+1;s<e.length;s++)if((c=e[s])&&!(2&c.__u)&&r==c.key&&i==c.type)return s}return-1}function Zs(t,e,n){n==null&&(n=""),e[0]=="-"?t.setProperty(e,n):t[e]=n}function Gt(t,e,n,o,s){var r,i;if(e=="style")if(typeof n=="string")t.style.cssText=n;else{if(typeof o=="string"&&(t.style.cssText=o=""),o)for(e in o)n&&e in n||Zs(t.style,e);if(n)for(e in n)o&&n[e]==o[e]||Zs(t.style,e,n[e])}else if(e[0]=="o"&&e[1]=="n")typeof n!="function"&&(n=null),typeof o!="function"&&(o=null),(t.__e||(t.__e={}))[e]=n,n&&o||(i=Zn[e]||(Zn[e]=Tc(e)),(t.__a||(t.__a={}))[e]=to,r=e!=(e=e.replace(nr,"$1")),(e=e.slice(2))[0]<"a"&&(e=e.toLowerCase()),n?t.addEventListener(e,i,r):t.removeEventListener(e,i,r));else{if(s=="http://www.w3.org/2000/svg")e=e.replace(/xlink(H|:h)/,"h").replace(/sName$/,"s");else if(e!="width"&&e!="height"&&e!="href"&&e!="list"&&e!="form"&&e!="tabIndex"&&e!="download"&&e!="rowSpan"&&e!="colSpan"&&e!="role"&&e!="popover"&&e in t)try{return void(t[e]=n??"")}catch{}if(typeof n=="function")return;n==null||n===!1&&e[4]!="-"?t.removeAttribute(e):t.setAttribute(e,e=="popover"&&n==1?"":n)}}function Tc(t){return function(e){var n=this.__e;if(n){if(n=n[t],e[Yt]==null)e[Yt]=to++;else if(e[Yt]<this.__a[t])return;return n(P.event?P.event(e):e)}}}function so(t,e,n,o,s,r,i,c,u,d){var m,f,h,p,$,g,b,y,S,A,k,D,w,v,C,L,U,ne,se=e.type;if(e.constructor!==st)return null;128&n.__u&&(u=32&n.__u,m=n.__c.__z)&&(e.__u|=u,f=r=[],m.nodeType==8?c=Xt(m,r):r.push(m),c=r[0]||c),(m=P.__b)&&m(e);e:if(typeof se=="function"){h=i.length;try{if(y=e.props,S=(m=se.prototype)&&m.render,A=(m=se.contextType)&&o[m.__c],k=m?A?A.props.value:m.__:o,(p=n.__c)?(e.__c=p,2&p.__g&&(p.__g|=1)):(S?e.__c=p=new se(y,k):(e.__c=p=new Vt(y,k),p.constructor=se,p.render=Oc),A&&A.sub(p),p.state||(p.state={}),p.__n=o,p.__g|=8,p.__h=[],p.__k=[]),S&&(p.__s||(p.__s=p.state),se.getDerivedStateFromProps&&(p.__s==p.state&&(p.__s=Re({},p.__s)),Re(p.__s,se.getDerivedStateFromProps(y,p.__s)))),$=p.props,g=p.state,p.__v=e,n.__c){if(y!==$&&S&&!se.getDerivedStateFromProps&&p.componentWillReceiveProps&&p.componentWillReceiveProps(y,k),e.__v==n.__v&&!(8&p.__g)||!(4&p.__g)&&p.shouldComponentUpdate&&p.shouldComponentUpdate(y,p.__s,k)===!1){e.__v!=n.__v&&(p.props=y,p.state=p.__s,p.__g&=-9),e.__e=n.__e,e.__k=n.__k,e.__k.some(function(ee){ee&&(ee.__=e)}),Zt.push.apply(p.__h,p.__k),p.__k=[],p.__h.length&&i.push(p),c=$e(n);break e}p.componentWillUpdate&&p.componentWillUpdate(y,p.__s,k),S&&p.componentDidUpdate&&p.__h.push(function(){p.componentDidUpdate($,g,b)})}else S&&!se.getDerivedStateFromProps&&p.componentWillMount&&p.componentWillMount(),S&&p.componentDidMount&&p.__h.push(p.componentDidMount);p.context=k,p.props=y,p.__P=t,p.__g&=-5,D=P.__r,w=S?25:0;do p.__g&=-9,D&&D(e),m=p.render(p.props,p.state=p.__s,p.context);while(8&p.__g&&++w<25);S&&(Zt.push.apply(p.__h,p.__k),p.__k=[]),p.state=p.__s,p.getChildContext&&(o=Re({},o,p.getChildContext())),S&&n.__c&&p.getSnapshotBeforeUpdate&&(b=p.getSnapshotBeforeUpdate($,g)),v=m&&m.type===rt&&m.key==null?m.props.children:m,y.__P&&(m=c,s=(t=y.__P).namespaceURI,u=r=null,n.props&&n.props.__P!=t&&(n.__k.some(function(ee){ee&&io(ee,ee)}),n.__k=null),c=n.__k?$e(n,0):null),c=ar(t,no(v)?v:[v],e,n,o,s,r,i,c,u,d),y.__P&&(e.__e=null,c=m),e.__u&=-161,f&&f.some(Oe),p.__h.length&&i.push(p),1&p.__g&&(p.__g&=-4)}catch(ee){if(i.length=h,e.__v=null,u||r)if(ee&&ee.then){if(e.__u|=128|u,r){for(~(U=r.indexOf(c||void 0))||(U=r.length);(ne=r[U-1])&&ne.nodeType==8;)U--;for(;U<r.length;U++)if(ne=r[U])if(r[U]=null,C){if(ne==L)break}else{if(ne.nodeType!=8)break;ne.data.startsWith("$s")&&(L=Xt(C=ne))}}if(!C){for(;c&&c.nodeType==8&&c.nextSibling;)c=c.nextSibling;C=c}(m=Xt(C=e.__c.__z||(e.__c.__z=C)))?(e.__e=C,c=m):e.__e=c,c=c&&c.nextSibling}else r&&r.some(Oe);else e.__e=n.__e;e.__k||(e.__k=n.__k||[]),ee&&ee.then||lr(e),P.__e(ee,e,n)}}else c=e.__e=Ac(n.__e,e,n,o,s,r,i,u,d,t);return(m=P.diffed)&&m(e),c}function Xt(t,e){if(t&&t.nodeType==8&&t.data.startsWith("$s"))for(var n=1;t=t.nextSibling;){if(t.nodeType==8){if(t.data.startsWith("$s"))n++;else if(t.data.startsWith("/$s")&&!--n)return t}e&&e.push(t)}}function lr(t){t&&(t.__c&&(t.__c.__g|=4),t.__k&&t.__k.some(lr))}function ur(t,e,n){for(var o=0;o<n.length;)ro(n[o++],n[o++],n[o++]);P.__c&&P.__c(e,t),t.some(function(s){try{t=s.__h,s.__h=[],t.some(function(r){r.call(s)})}catch(r){P.__e(r,s.__v)}})}function Ac(t,e,n,o,s,r,i,c,u,d){var m,f,h,p,$,g,b,y,S=n.props||Qt,A=e.props,k=e.type;if(k=="svg"?s="http://www.w3.org/2000/svg":k=="math"?s="http://www.w3.org/1998/Math/MathML":s||(s="http://www.w3.org/1999/xhtml"),r){for(m=0;m<r.length;m++)if(($=r[m])&&(k?$.localName==k:$.nodeType==3)){t=$,r[m]=null;break}}if(!t){if(y=d.ownerDocument||document,!k)return y.createTextNode(A);t=y.createElementNS(s,k,A.is?A:d),c&&(P.__m&&P.__m(e,r),c=!1),r=null}if(k){if(d=k=="template"&&t.content||t,r=k=="textarea"&&A.defaultValue!=null?null:r&&oo.call(d.childNodes),!c&&r)for(S={},m=0;m<t.attributes.length;m++)S[($=t.attributes[m]).name]=$.value;for(m in S)$=S[m],m=="dangerouslySetInnerHTML"?h=$:m=="children"||m in A||m=="value"&&"defaultValue"in A||m=="checked"&&"defaultChecked"in A||Gt(t,m,null,$,s);for(m in A)$=A[m],m=="children"?p=$:m=="dangerouslySetInnerHTML"?f=$:m=="value"?g=$:m=="checked"?b=$:c&&typeof $!="function"||S[m]===$||Gt(t,m,$,S[m],s);f?(c||h&&(f.__html==h.__html||f.__html==t.innerHTML)||(t.innerHTML=f.__html),e.__k=[]):(h&&(t.textContent=""),(k=="foreignObject"||s=="http://www.w3.org/1998/Math/MathML"&&Sc.test(k))&&(s="http://www.w3.org/1999/xhtml"),ar(d,no(p)?p:[p],e,n,o,s,r,i,r?r[0]:n.__k&&$e(n,0),c,u),r&&r.some(Oe)),c&&k!="textarea"||(m="value",k=="progress"&&g==null?t.removeAttribute(m):g==null||g===t[m]&&(k!="progress"||g)||Gt(t,m,g,S[m],s),m="checked",b!=null&&b!=t[m]&&Gt(t,m,b,S[m],s))}else S===A||c&&t.data==A||(t.data=A);return t}function ro(t,e,n,o){try{typeof t=="function"?e?e.__x=t(e)||1:o&&(o=o.__c||o.__e)&&(e=o.__x)&&(o.__x=null,typeof e=="function"?e():t(null)):t.current=e}catch(s){P.__e(s,n)}}function io(t,e,n){var o,s,r,i;if(P.unmount&&P.unmount(t),!(o=t.ref)||o.current&&o.current!=t.__e||ro(o,null,e,t),o=t.__c){if(o.componentWillUnmount)try{o.componentWillUnmount()}catch(c){P.__e(c,e)}o.__P=o.__n=null}if(o=t.__k)for(i=0;i<o.length;i++)o[i]&&io(o[i],e,typeof t.type!="function"||n&&!t.props.__P);!n&&(o=t.__c)&&(o=o.__z)&&(s=Xt(o,r=[]))&&(o==t.__e&&r.some(Oe),Oe(s),Oe(o)),n||Oe(t.__e),t.__e=t.__c=t.__=null}function Oc(t,e,n){return this.constructor(t,n)}function ze(t,e){var n,o,s,r;P.__&&P.__(t,e),e.nodeType==9&&(e=e.documentElement),o=(n=t&&32&t.__u)?null:e.__k,e.__k=ot(rt,{children:[t]}),s=[],r=[],so(e,e.__k,o||Qt,Qt,e.namespaceURI,o?null:e.firstChild?oo.call(e.childNodes):null,s,o?o.__e:e.firstChild,n,r),ur(s,e.__k,r),e.__k.props.children=null}function ao(t){function e(n){var o,s;return this.getChildContext||(o=new Set,(s={})[e.__c]=this,this.getChildContext=function(){return s},this.shouldComponentUpdate=function(r){this.props.value!=r.value&&o.forEach(function(i){i.__g|=4,eo(i)})},this.sub=function(r){o.add(r);var i=r.componentWillUnmount;r.componentWillUnmount=function(){o.delete(r),i&&i.call(r)}}),n.children}return e.__c="__cC"+or++,e.__=t,e.Provider=(e.Consumer=function(n,o){return n.children(o)}).contextType=e,e}P={__e:function(t,e,n,o){for(var s,r,i;e=e.__;)if((s=e.__c)&&!(1&s.__g)){s.__g|=4;try{if((i=(r=s.constructor)&&r.getDerivedStateFromError)&&s.setState(r.getDerivedStateFromError(t)),s.componentDidCatch&&(s.componentDidCatch(t,o||{}),i=1),i&&8&s.__g)return void(s.__g|=2)}catch(c){t=c}}throw Jt=0,t}},er=0,xc=function(t){return t!=null&&t.constructor===st},Vt.prototype.setState=function(t,e){var n=this.__s;n&&n!=this.state||(n=this.__s=Re({},this.state)),typeof t=="function"&&(t=t(Re({},n),this.props)),t&&(Re(n,t),this.__v&&(e&&this.__k.push(e),eo(this)))},Vt.prototype.forceUpdate=function(t){this.__v&&(this.__g|=4,t&&this.__h.push(t),eo(this))},Vt.prototype.render=rt,he=[],Jt=0,tr=function(t,e){return t.__v.__b-e.__v.__b},Yt=Symbol(),nr=/(PointerCapture)$|Capture$/i,to=0,Zn={},or=0;var ge,I,co,dr,lo=Object.is,en=0,_r=[],uo=[],F=P,mr=F.__b,pr=F.__r,fr=F.diffed,hr=F.__c,$r=F.unmount,gr=F.__;function We(t,e){F.__h&&F.__h(I,t,en||e),en=0;var n=I.__H||(I.__H={__:[],__h:[]});return t>=n.__.length&&n.__.push({}),n.__[t]}function _(t){return en=1,Rc(wr,t)}function Rc(t,e,n){var o=We(ge++,2);if(o.t=t,!o.__c&&(o.__=[n?n(e):wr(void 0,e),function(r){var i=(o.__N||o.__)[0],c=o.t(i,r);lo(i,c)||(o.__N=[c,o.__[1]],o.__c.setState({}))}],o.__c=I,!I.__f)){I.__f=!0;var s=I.shouldComponentUpdate;I.shouldComponentUpdate=function(r,i,c){var u=this.__H;if(!u)return!0;var d=!1,m=this.props!=r;if(u.__.some(function(h){h.__N&&(d=!0,lo(h.__[0],h.__N[0])||(m=!0))}),s){var f=s.call(this,r,i,c);return d?f||m:f}return!d||m}}return o.__}function O(t,e){var n=We(ge++,3);!F.__s&&ho(n.__H,e)&&(n.__P=!0,n.__=t,n.u=e,I.__H.__h.push(n))}function T(t,e){var n=We(ge++,4);!F.__s&&ho(n.__H,e)&&(n.__P=!1,n.__=t,n.u=e,I.__h.push(n))}function M(t){return en=5,re(function(){return{current:t}},[])}function re(t,e){var n=We(ge++,7);return ho(n.__H,e)&&(n.__=t(),n.__H=e),n.__}function po(t){var e=I.context[t.__c],n=We(ge++,9);return n.c=t,e?(n.__==null&&(n.__=!0,e.sub(I)),e.props.value):t.__}function fo(t){var e=We(ge++,10),n=_();return e.__=t,I.componentDidCatch||(I.componentDidCatch=function(o,s){e.__&&e.__(o,s),n[1](o)}),[n[0],function(){return n[1]()}]}function Dc(){var t;do{for(;t=uo.shift();)try{it(t)}catch(n){F.__e(n,{__:(t=t.__P)&&t.__v})}for(;t=_r.shift();){var e=t.__H;if(t.__P&&e)try{e.__h.some(it),e.__h.some(mo),e.__h=[]}catch(n){e.__h=[],F.__e(n,t.__v)}}}while(uo.length)}F.__b=function(t){I=null,mr&&mr(t)},F.__=function(t,e){t&&e.__k&&e.__k.__m&&(t.__m=e.__k.__m),gr&&gr(t,e)},F.__r=function(t){pr&&pr(t),ge=0;var e=(I=t.__c).__H;e&&(co==I?I.__h=[]:(e.__h.some(it),e.__h.some(mo),ge=0),e.__h=[],e.__.some(function(n){n.__N&&(n.__=n.__N),n.u=n.__N=void 0})),co=I},F.diffed=function(t){fr&&fr(t);var e=t.__c;e&&e.__H&&(e.__H.__h.length&&yr(_r.push(e)),e.__H.__.some(function(n){n.u&&(n.__H=n.u)})),co=I=null},F.__c=function(t,e){e.some(function(n){try{n.__h.some(it),n.__h=n.__h.filter(function(o){return!o.__||mo(o)})}catch(o){n.__h=[function(){throw o}]}}),hr&&hr(t,e)},F.unmount=function(t){$r&&$r(t);var e,n,o=t.__c;o&&o.__H&&(o.__H.__.some(function(s){try{if(s.__P&&s.__c){if(n===void 0){for(n=t.__;n&&(!n.__c||!n.__c.__P);)n=n.__;n=n&&n.__c}s.__P=n,yr(uo.push(s))}else it(s)}catch(r){e=r}}),o.__H=void 0,e&&F.__e(e,o.__v))};var br=typeof requestAnimationFrame=="function";function Lc(t){var e,n=function(){clearTimeout(o),br&&cancelAnimationFrame(e),setTimeout(t)},o=setTimeout(n,35);br&&(e=requestAnimationFrame(n))}function yr(t){t!=1&&dr==F.requestAnimationFrame||((dr=F.requestAnimationFrame)||Lc)(Dc)}function it(t){var e=I,n=t.__c;typeof n=="function"&&(t.__c=void 0,n()),I=e}function mo(t){var e=I;t.__c=t.__(),I=e}function ho(t,e){return!t||t.length!=e.length||e.some(function(n,o){return!lo(n,t[o])})}function wr(t,e){return typeof e=="function"?e(t):e}var l=Qs.bind(sr);var Pc=8;function Z({id:t,name:e,status:n,size:o=""}){return l`
<span class=${`avatar ${o}`} data-hue=${Nc(t??e)}
aria-hidden="true">${Ic(e)}${n&&l`<span class="presence" data-status=${n}></span>`}</span>
`}function Ic(t){let e=[...t.trim().split(/\s+/)].filter(Boolean);return(e.length>1?[e[0],e.at(-1)]:e).map(o=>[...o][0].toUpperCase()).join("")||"?"}function Nc(t){let e=0;for(let n of t)e=(e*31+n.codePointAt(0))%65521;return e%Pc}function De(t){let e=["B","kB","MB","GB"],n=t;for(;n>=1024&&e.length>1;)n/=1024,e.shift();let o=qn(n,e[0]!=="B"&&n<10?1:0);return E(26,e[0],{n:o})}function tn(t){return t<1e3?E(27,"ms",{n:Math.round(t)}):E(27,"s",{n:qn(t/1e3,1)})}function be(t){return t.length<2?t.join(""):a(25,{first:t.slice(0,-1).join(a(23)),last:t.at(-1)})}var W=t=>t.filter(Boolean).join(a(24)),vr=Fe({hour:"2-digit",minute:"2-digit"}),qc=Fe({weekday:"long",day:"numeric",month:"long"}),Uc=Fe({dateStyle:"full"});function kr(t){return new Date(t).getFullYear()===new Date().getFullYear()?qc(t):Uc(t)}var Le=Fe({day:"numeric",month:"short",year:"numeric"}),ie=Fe({dateStyle:"medium",timeStyle:"short"});function ye({page:t,line_start:e,line_end:n}){return t?a(31,{page:t}):e?n>e?a(33,{first:e,last:n}):a(32,{line:e}):""}function xr(t,e,n,o){let s=Ge(t,Math.max(0,n-e)),r=Ge(t,Math.max(0,o-e));return[t.slice(0,s),t.slice(s,r),t.slice(r)]}var Sr=t=>t.charAt(0).toUpperCase()+t.slice(1);function R({kind:t,reason:e,params:n={},message:o,hint:s}={}){let r=E(40,e,n)??E(40,t,n),i=r??o??a(42),c=E(41,e,n)??E(41,t,n),u=!r&&s||c;return{message:i.replace(/([^.!?])$/,"$1."),hint:u??""}}var H=({text:t,codeClass:e})=>(t??"").split("`").map((n,o)=>o%2?l`<code class=${e}>${n}</code>`:n);function K(t){let[e,n]=_(!1),[o,s]=_(null),r=M(!0);return O(()=>()=>r.current=!1,[]),{busy:e,problem:o,submit:async c=>{if(c?.preventDefault(),!e){n(!0),s(null);try{await t()}catch(u){r.current&&s(u)}r.current&&n(!1)}},setProblem:s}}function nn(t,e=!0){T(()=>{e&&matchMedia("(hover: hover)").matches&&t.current.querySelector("input").focus()},[e])}function B({error:t,id:e}){let n=Fc(t),{message:o,hint:s}=t?R(t):{},r=!!t?.retryAfterMs,i=r&&Math.ceil(t.retryAfterMs/1e3);return l`
<div id=${e} class="problem" role="alert">${t&&l`<${H} text=${[o,!r&&s].filter(Boolean).join(" ")} />
${r&&l`<span class="visually-hidden">${a(45,{seconds:i})}</span>`}`}</div>
${r&&l`<p class="problem" aria-hidden="true">${n>0?a(45,{seconds:n}):a(46)}</p>`}
`}function Fc(t){let[e,n]=_(0);return O(()=>{if(!t?.retryAfterMs)return;let o=Date.now()+t.retryAfterMs,s=()=>n(Math.max(0,Math.ceil((o-Date.now())/1e3)));s();let r=setInterval(s,500);return()=>clearInterval(r)},[t]),e}var Bc=0,Er=()=>_(()=>`field-${++Bc}`)[0];function V({label:t,hint:e,...n}){let o=Er();return l`
<div class="field">
<label for=${o}>${t}</label>
<input id=${o} ...${n} aria-describedby=${e?`${o}-hint`:null} />
${e&&l`<small id=${`${o}-hint`} class="muted">${e}</small>`}
</div>
`}function G({label:t,options:e,value:n,onPick:o,quiet:s=!1,hint:r,...i}){let c=Er();return l`
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
`}var ae=t=>Object.fromEntries(new FormData(t));var Cr={plus:"M12 5v14M5 12h14",menu:"M4 7h16M4 12h16M4 17h10",files:"M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zM14 3v5h5M9 13h6M9 17h4",send:"M12 19V5M6 11l6-6 6 6",stop:"M8 8h8v8H8z",copy:"M9 9h10v10a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2zM16 5a2 2 0 0 0-2-2H5a2 2 0 0 0-2 2v9a2 2 0 0 0 2 2",list:"M9 6h11M9 12h11M9 18h11M4 6h.01M4 12h.01M4 18h.01",check:"M5 12.500l4.500 4.500L19 7.500",retry:"M4 12a8 8 0 0 1 13.700-5.600L20 8.700M20 4v4.700h-4.700M20 12a8 8 0 0 1-13.700 5.600L4 15.300M4 20v-4.700h4.700",close:"M6 6l12 12M18 6L6 18",trash:"M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",pencil:"M4 20l1-4L16.500 4.500a2.100 2.100 0 0 1 3 3L8 19z",sun:"M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.400 1.400M17.600 17.600L19 19M5 19l1.400-1.400M17.600 6.400L19 5",moon:"M20 14.500A8.500 8.500 0 0 1 9.500 4 8.500 8.500 0 1 0 20 14.500z",down:"M6 9.500l6 6 6-6",left:"M14.500 6l-6 6 6 6",right:"M9.500 6l6 6-6 6",clip:"M20 11.500l-8 8a5 5 0 0 1-7-7l8.500-8.500a3.400 3.400 0 0 1 4.800 4.800L10 17.100a1.700 1.700 0 0 1-2.400-2.400L15 7.500",upload:"M12 15V4M7.500 8.500L12 4l4.500 4.500M4 16v3a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-3",alert:"M12 8v5M12 16.500v.1M10.300 4L2.700 17.500A2 2 0 0 0 4.400 20.500h15.200a2 2 0 0 0 1.700-3L13.700 4a2 2 0 0 0-3.400 0z",more:"M5 12h.01M12 12h.01M19 12h.01",people:"M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 20c0-3.600 2.900-6 6.500-6s6.500 2.400 6.500 6M16 4.300a3.500 3.500 0 0 1 0 6.400M18 14.400c2.100.800 3.500 2.800 3.500 5.600",search:"M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20.500 20.500L16 16",at:"M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM16 8v5.500a2.500 2.500 0 0 0 5 0V12a9 9 0 1 0-3.600 7.200",key:"M8 18a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9zM11.500 10.500L20 2M16.500 5.500l3 3",link:"M10 14a4 4 0 0 0 6 .400l3-3a4 4 0 0 0-5.700-5.700l-1.300 1.300M14 10a4 4 0 0 0-6-.400l-3 3a4 4 0 0 0 5.700 5.700l1.300-1.300",out:"M14 4h4a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-4M10 16l-4-4 4-4M6 12h10",shield:"M12 3l7.500 3v5.500c0 4.500-3 8-7.500 9.500-4.500-1.500-7.500-5-7.500-9.500V6z",user:"M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20.500c.500-3.900 3.600-6.500 7.500-6.500s7 2.600 7.500 6.500",up:"M7 11v9H4v-9zM7 11l4-8a2.500 2.500 0 0 1 2.500 2.500V9h5.300a2 2 0 0 1 2 2.400l-1.400 7a2 2 0 0 1-2 1.600H7",forward:"M5 5l8 7-8 7zM14 5l7 7-7 7z",pause:"M8 5v14M16 5v14",play:"M7 4.500l12 7.500-12 7.500z",download:"M12 4v11M7.500 10.500L12 15l4.500-4.500M4 16v3a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-3"},jc={"down-thumb":"up"},x=({name:t,size:e=20})=>l`
<svg class=${`icon icon-${t}`} width=${e} height=${e} viewBox="0 0 24 24"
aria-hidden="true" focusable="false">
<path d=${Cr[t]??Cr[jc[t]]} />
</svg>
`,X=({icon:t,label:e,...n})=>l`
<button type="button" class="icon-button" aria-label=${e} title=${e} ...${n}><${x}
name=${t} /></button>
`,le=({size:t=28})=>l`
<img class="logo" src="favicon.svg" width=${t} height=${t} alt="" />
`;function Y({label:t,onClose:e,className:n="",children:o}){let s=M(),r=M(!1);T(()=>{let u=s.current,d=document.activeElement;return u.showModal(),u.querySelector("[data-focus]")?.focus(),()=>{r.current=!0,u.close(),d?.focus()}},[]);let i=()=>!r.current&&e(),c=u=>u.target===s.current&&e();return l`
<dialog ref=${s} class=${`modal ${n}`} aria-label=${t} onClose=${i}
onClick=${c}>
<div class="modal-body">${o}</div>
</dialog>
`}async function ue(t){try{await navigator.clipboard.writeText(t)}catch{zc(t)}}function zc(t){let e=document.createElement("textarea");e.value=t,document.body.append(e),e.select(),document.execCommand("copy"),e.remove()}function on({label:t,value:e}){let[n,o]=_(!1);return l`
<div class="copy-field">
<label class="field"><span>${t}</span>
<input readonly value=${e} spellcheck=${!1}
onFocus=${r=>r.target.select()} /></label>
<button type="button" class="button primary" data-focus onClick=${async()=>{await ue(e),o(!0),setTimeout(()=>o(!1),2e3)}}><${x}
name=${n?"check":"copy"}
size=${16} /> ${n?a(4):a(5)}</button>
<span class="visually-hidden" role="status">${n?a(4):""}</span>
</div>
`}function Pe({title:t,text:e,label:n,value:o,close:s}){return l`
<${Y} label=${t} onClose=${s}>
<h2>${t}</h2>
<p>${e}</p>
<${on} label=${n} value=${o} />
<div class="modal-buttons">
<button type="button" class="button" onClick=${s}>${a(8)}</button>
</div>
<//>
`}var Wc=()=>[{value:"",text:a(368)},{value:"7",text:a(28,{count:7})},{value:"30",text:a(28,{count:30})},{value:"365",text:a(29,{count:1})}];function $o({state:t,actions:e,userId:n}){let o=t.keys[n],[s,r]=_(null);O(()=>{e.loadKeys(n).catch(r)},[n]);let i=c=>Kc(c,e,()=>e.revokeKey(c).catch(e.showError));return s?l`<p class="problem" role="alert">${R(s).message}</p>`:o?o.length?l`<ul class="rows" aria-label=${a(348)}>
${o.map(c=>l`<li class="row" key=${c.key_id}>
<${x} name="key" />
<span class="row-text"><span class="row-name">${c.label}</span>
<span class="muted">${Hc(c)}</span></span>
<button type="button" class="button danger-text"
aria-label=${a(355,{label:c.label})}
onClick=${()=>i(c)}>${a(18)}</button>
</li>`)}
</ul>`:l`<p class="muted">${a(351)}</p>`:l`<p class="waiting">${a(350)}</p>`}function Hc({scopes:t,created_at:e,expires_at:n,last_used_at:o}){return W([a(358,{scopes:be(t.map(s=>E(38,s)))}),a(359,{date:Le(e)}),n&&a(360,{date:Le(n)}),o?a(361,{date:ie(o)}):a(362)])}function Kc(t,e,n){e.openDialog({title:a(356,{label:t.label}),text:a(357),verb:a(18),onConfirm:n})}function Mr({user:t,state:e,actions:n,close:o}){let s=t??e.user,[r,i]=_(""),[c,u]=_(null),{busy:d,problem:m,submit:f}=K(async()=>{let{label:h,write:p,admin:$}=ae(document.getElementById("new-key")),g=["read",p&&"write",$&&"admin"].filter(Boolean),b={label:h.trim(),scopes:g,...r&&{days:Number(r)}};u(await n.createKey(s.id,b))});return c?l`<${Pe} label=${a(374)} value=${c} close=${o}
title=${t?a(371,{name:t.name}):a(370)}
text=${t?a(373,{name:t.name}):a(372)} />`:l`
<${Y} label=${a(353)} onClose=${o}>
<form id="new-key" class="stack" onSubmit=${f}>
<h2>${t?a(354,{name:t.name}):a(353)}</h2>
<${V} label=${a(363)} name="label" maxlength="100" required data-focus
placeholder=${a(364)} autocomplete="off" />
<fieldset class="checks"><legend>${a(365)}</legend>
<label class="check"><input
type="checkbox" checked disabled /> ${E(366,"read")}</label>
<label class="check"><input type="checkbox"
name="write" defaultChecked /> ${E(366,"write")}</label>
${fe(s)&&l`<label class="check"><input type="checkbox"
name="admin" /> ${E(366,"admin")}</label>`}
</fieldset>
<${G} label=${a(367)} value=${r} options=${Wc()}
onPick=${i} />
<${B} error=${m} />
<div class="modal-buttons">
<button type="button" class="button" onClick=${o}>${a(1)}</button>
<button class="button primary" disabled=${d}>${a(369)}</button>
</div>
</form>
<//>
`}function Tr({user:t,state:e,actions:n,close:o}){return l`
<${Y} label=${a(349,{name:t.name})} className="wide" onClose=${o}>
<h2>${a(349,{name:t.name})}</h2>
<${$o} state=${e} actions=${n} userId=${t.id} />
<div class="modal-buttons">
${e.user.role==="owner"&&Wt(t)&&l`<button type="button" class="button"
onClick=${()=>n.openDialog({kind:"new-key",user:t})}>${a(352)}</button>`}
<button type="button" class="button" data-focus
onClick=${o}>${a(2)}</button>
</div>
<//>
`}function Ar({state:t,actions:e}){let{user:n}=t;return n?l`
<div class="view-scroll" tabindex="-1"><div class="view">
<h1>${a(333)}</h1>
<div class="me"><${Z} id=${n.id} name=${n.name} size="large" />
<div><p class="me-name">${n.name}</p>
<p class="muted">${a(334,{role:E(34,n.role),hint:E(35,n.role)})}</p></div></div>
<${Gc} actions=${e} />
${Wt(n)&&l`<section aria-labelledby="keys-title">
<h2 id="keys-title">${a(348)}</h2>
<p class="muted">${a(335)}</p>
<${$o} state=${t} actions=${e} userId=${n.id} />
<button type="button" class="button"
onClick=${()=>e.openDialog({kind:"new-key"})}><${x} name="plus" size=${16}
/> ${a(352)}</button>
</section>`}
<${Yc} actions=${e} />
</div></div>
`:l`<p class="waiting view">${a(3)}</p>`}function Gc({actions:t}){let e=M(),{busy:n,problem:o,submit:s}=K(async()=>{let{current:r,password:i,repeated:c}=ae(e.current);if(i!==c)throw new Error(a(340));await t.changePassword(r,i),e.current?.reset()});return l`
<section aria-labelledby="password-title">
<h2 id="password-title">${a(13)}</h2>
<form ref=${e} class="stack narrow-form" onSubmit=${s}>
<${V} label=${a(336)} name="current" type="password"
autocomplete="current-password"
hint=${a(337)} />
<${V} label=${a(338)} name="password" type="password"
minlength="8" required
autocomplete="new-password" hint=${a(14)} />
<${V} label=${a(339)} name="repeated" type="password" required
autocomplete="new-password" />
<${B} error=${o} />
<div><button class="button primary"
disabled=${n}>${a(341)}</button></div>
</form>
</section>
`}function Yc({actions:t}){let e=()=>t.openDialog({title:a(346),text:a(347),verb:a(345),onConfirm:()=>t.logOutEverywhere().catch(t.showError)});return l`
<section aria-labelledby="logins-title">
<h2 id="logins-title">${a(343)}</h2>
<div class="buttons">
<button type="button" class="button"
onClick=${()=>t.logOut().catch(t.showError)}><${x} name="out" size=${16}
/> ${a(344)}</button>
<button type="button" class="button danger-text"
onClick=${e}>${a(345)}</button>
</div>
</section>
`}function Or({state:t,actions:e}){let{invitations:n,directory:o,rooms:s}=t,[r,i]=_(null);O(()=>{e.loadInvitations().catch(i),e.loadDirectory().catch(i)},[]);let c=m=>o?.find(f=>f.id===m)?.name??a(425),u=m=>s?.find(f=>f.room_id===m)?.name??a(426),d=m=>e.openDialog({title:a(430),text:a(431),verb:a(429),onConfirm:()=>e.revokeInvitation(m.invitation_id).catch(e.showError)});return l`
<div class="view-tools">
<button type="button" class="button primary"
onClick=${()=>e.openDialog({kind:"invite-to-server"})}><${x} name="link"
size=${18} /> ${a(375)}</button>
</div>
${r&&l`<p class="problem" role="alert">${R(r).message}</p>`}
${!n&&!r&&l`<p class="waiting">${a(421)}</p>`}
${n?.length===0&&l`<p class="muted">${a(422)}</p>`}
<ul class="rows" aria-label=${E(390,"invitations")}>
${n?.map(m=>l`<li class="row" key=${m.invitation_id}>
<${x} name="link" />
<span class="row-text">
<span class="row-name">${Vc(m,u)}</span>
<span class="muted">${W([a(424,{name:c(m.inviter_id)}),a(427,{count:m.uses_left}),a(428,{date:ie(m.expires_at)})])}</span>
</span>
<button type="button" class="button danger-text"
onClick=${()=>d(m)}>${a(429)}</button>
</li>`)}
</ul>
`}function Vc({role:t,room_id:e,room_role:n},o){let s={role:E(34,t),roomRole:E(37,n)};return e?a(423,{...s,room:o(e)}):s.role}function _e(t,e){let n=[...t.currentTarget.querySelectorAll(e)],o=n.indexOf(document.activeElement);if(o<0)return;let s={ArrowDown:o+1,ArrowUp:o-1,Home:0,End:n.length-1}[t.key];s!==void 0&&(t.preventDefault(),n[Math.min(Math.max(s,0),n.length-1)].focus())}var sn=t=>t.key==="Enter"&&!t.shiftKey&&!t.altKey&&!t.isComposing&&t.keyCode!==229;var rn=8;function ce({label:t,items:e,icon:n="more",children:o,...s}){let[r,i]=_(!1),c=M(),u=M(),d=e.filter(Boolean);if(T(()=>{r&&(u.current.showPopover(),Xc(u.current,c.current),u.current.querySelector("[role=menuitem]")?.focus())},[r]),!d.length)return null;let m=()=>{i(!1),c.current?.focus()},f=p=>{p.key==="Escape"||p.key==="Tab"?(p.preventDefault(),m()):_e(p,"[role=menuitem]")},h=p=>p.newState==="closed"&&i(!1);return l`
<button type="button" ref=${c} class="icon-button small" title=${t}
aria-label=${o?null:t} aria-haspopup="menu" aria-expanded=${r} ...${s}
onClick=${()=>i(!r)}>${o??l`<${x} name=${n} size=${18} />`}</button>
${r&&l`<div ref=${u} class="menu" role="menu" aria-label=${t} popover="auto"
onKeyDown=${f} onToggle=${h}>
${d.map(p=>l`<button type="button" role="menuitem" tabindex="-1" key=${p.text}
class=${`menu-item ${p.danger?"danger":""}`} onClick=${()=>{m(),p.act()}}><${x} name=${p.icon} size=${18} />${p.text}</button>`)}
</div>`}
`}function Xc(t,e){let n=e.getBoundingClientRect(),{offsetWidth:o,offsetHeight:s}=t,r=n.bottom+rn+s<innerHeight,i=Math.min(Math.max(rn,n.right-o),innerWidth-o-rn);t.style.left=`${i}px`,t.style.top=`${r?n.bottom+4:Math.max(rn,n.top-s-4)}px`}function Rr({state:t,actions:e}){let{directory:n,user:o}=t,[s,r]=_(""),[i,c]=_(null),u=()=>e.loadDirectory().then(()=>c(null),c);O(()=>{u()},[]);let d=s.trim().toLowerCase(),m=(n??[]).filter(f=>f.name.toLowerCase().includes(d));return l`
<div class="view-tools">
<button type="button" class="button primary"
onClick=${()=>e.openDialog({kind:"add-user"})}><${x} name="plus" size=${18}
/> ${a(392)}</button>
<label class="field grow"><span class="visually-hidden">${a(393)}</span>
<input type="search" placeholder=${a(393)} value=${s}
onInput=${f=>r(f.target.value)} /></label>
</div>
${i&&l`<p class="problem" role="alert">${R(i).message}
<button type="button" class="link" onClick=${u}>${a(21)}</button></p>`}
${!n&&!i&&l`<p class="waiting">${a(394)}</p>`}
${n&&l`<p class="muted" role="status">${a(395,{count:m.length})}</p>`}
<ul class="rows" aria-label=${a(391)}>
${m.map(f=>l`<${Jc} key=${f.id} user=${f} me=${o} actions=${e} />`)}
</ul>
`}function Jc({user:t,me:e,actions:n}){let{id:o,name:s,role:r,status:i,created_at:c,has_password:u}=t,d=Gs(e,t)&&i!=="deleted",m=Ht(e).map(h=>({value:h,text:E(34,h)})),f=h=>n.changeUser(o,{role:h}).catch(p=>{n.showError(p),n.loadDirectory().catch(n.showError)});return l`
<li class="row" data-user=${s} data-status=${i}>
<${Z} id=${o} name=${s} />
<span class="row-text">
<span class="row-name"
title=${s}>${s}${o===e.id&&l` <span class="muted">${a(22)}</span>`}
${i==="suspended"&&l`<span class="chip warn">${a(398)}</span>`}</span>
<span class="muted">${W([c&&a(396,{date:Le(c)}),u===!1&&a(397)])}</span>
</span>
${d?l`<${G} quiet label=${a(36,{name:s})} value=${r} options=${m}
onPick=${f} />`:l`<span class="row-role muted">${E(34,r)}</span>`}
${d&&l`<${ce} label=${a(399,{name:s})}
items=${Qc(t,n)} />`}
</li>
`}function Qc(t,e){let{id:n,name:o,status:s}=t,r=(d,m)=>e.changeUser(n,d).then(()=>e.notify(m),e.showError),i=()=>e.openDialog({title:a(401,{name:o}),text:a(402,{name:o}),verb:a(400),onConfirm:()=>r({status:"suspended"},a(403,{name:o}))}),c=()=>e.openDialog({title:a(406,{name:o}),text:a(407,{name:o}),verb:a(6),onConfirm:()=>e.deleteUser(n).then(()=>e.notify(a(408,{name:o})),e.showError)}),u=()=>e.logOutUser(n).then(()=>e.notify(a(409,{name:o})),e.showError);return[{text:a(348),icon:"key",act:()=>e.openDialog({kind:"keys",user:t})},{text:a(415),icon:"retry",act:()=>e.openDialog({kind:"new-password",user:t})},{text:a(345),icon:"out",act:u},s==="suspended"?{text:a(404),icon:"play",act:()=>r({status:"active"},a(405,{name:o}))}:{text:a(400),icon:"pause",danger:!0,act:i},{text:a(6),icon:"trash",danger:!0,act:c}]}function Dr({state:t,actions:e}){let{tab:n}=t.view;return t.user?fe(t.user)?l`
<div class="view-scroll" tabindex="-1"><div class="view">
<h1>${a(388)}</h1>
<nav class="tabs" aria-label=${a(388)}>
${Ze.map(o=>l`<a key=${o} href=${Ut(o)}
aria-current=${n===o?"page":null}>${E(390,o)}</a>`)}
</nav>
${n==="invitations"?l`<${Or} state=${t} actions=${e} />`:l`<${Rr} state=${t} actions=${e} />`}
</div></div>
`:l`<div class="view"><h1>${a(388)}</h1>
<p class="muted">${a(389)}</p></div>`:l`<p class="waiting view">${a(3)}</p>`}var go="mentions",bo=t=>`mention-${t}`;function Lr({found:t,at:e,onPick:n}){return t?l`
<ul class="mentions" id=${go} role="listbox" aria-label=${a(165)}>
${t.all.map((o,s)=>l`<li key=${o.id} id=${bo(s)} class="mention-option" role="option"
aria-selected=${s===e} onMouseDown=${r=>{r.preventDefault(),n(o)}}>
${o.id==="assistant"?l`<${le} size=${24} />`:l`<${Z} id=${o.id} name=${o.name} size="small" />`}
<span class="mention-name">@${o.name}</span>
<span class="muted">${o.id==="assistant"?a(166):E(37,o.role)}</span>
</li>`)}
</ul>
<p class="visually-hidden" role="status">${a(167,{count:t.all.length})}</p>
`:null}var Zc=CSS.supports("field-sizing","content");function Ir({state:t,actions:e,uploads:n,run:o,room:s,members:r,prefill:i}){let{roomId:c,chosen:u,models:d,modes:m,user:f}=t,h=z(s),p=je(t,c),$=M(),g=nl({area:$,text:p,members:r,me:f?.id,shared:h,put:b});T(()=>e.restoreDraft(c),[c]),T(()=>{i&&b(i.text,i.text.length)},[i]),T(()=>{matchMedia("(hover: hover)").matches&&!el(t)&&$.current.focus()},[c]),T(()=>{Zc||($.current.style.height="auto",$.current.style.height=`${$.current.scrollHeight}px`)},[p]);function b(v,C){$.current.value=v,$.current.focus(),$.current.setSelectionRange(C,C),e.editDraft(c,v)}function y({target:v}){e.editDraft(c,v.value),h&&e.setTyping(c,!!v.value.trim()),g.look()}let S=o&&!h;function A(){!p.trim()||S||(e.editDraft(c,""),e.endTyping(c),e.ask(p.trim()))}function k(v){g.onKeyDown(v)||(sn(v)?(v.preventDefault(),A()):v.key==="Escape"&&S&&(v.preventDefault(),e.stopRun(o.run_id)))}let D=v=>{v.preventDefault(),A()},w=()=>{let v=`@assistant ${p.replace(/^@assistant\s*/i,"")}`;b(v,v.length)};return l`
<form class="composer" onSubmit=${D}
aria-label=${h?a(149):a(148)}>
<${Lr} found=${g.found} at=${g.at} onPick=${g.pick} />
<textarea ref=${$} rows="1" value=${p} dir="auto" enterkeyhint="send"
aria-label=${h?a(151):a(150)}
placeholder=${h?a(153):a(152)}
aria-autocomplete=${h?"list":null}
aria-controls=${g.found?go:null}
aria-activedescendant=${g.found?bo(g.at):null}
onInput=${y} onKeyDown=${k} onKeyUp=${g.look} onClick=${g.look}
onBlur=${g.close}></textarea>
<p class="composer-note" role="status">${h&&t.ownDocuments&&a(156)}</p>
<div class="composer-row">
${Q(f)&&l`<${tl} uploads=${n} actions=${e} />`}
${h&&l`<${X} icon="at" label=${a(154)}
onClick=${w} />`}
${h&&Q(f)&&l`<${X} icon="files" label=${a(155)}
aria-pressed=${t.ownDocuments}
onClick=${()=>e.useOwnDocuments(!t.ownDocuments)} />`}
<${Pr} label=${a(157)}
value=${et(t)??m[0]?.id}
onPick=${v=>e.setMode(v)}
options=${m.map(({id:v,title:C,description:L,background:U})=>({value:v,text:U?a(158,{mode:C}):C,title:L}))}
/>
<${Pr} label=${a(159)}
value=${Ae(d,u.model)??t.provider?.model??d[0]?.id}
onPick=${v=>e.setChoice({model:v})}
options=${d.map(({id:v,loaded:C})=>({value:v,text:v,title:C?a(160):""}))}
/>
<span class="grow"></span>
${S?l`<button type="button" class="send stop" aria-label=${a(163)}
title=${a(164)} onClick=${()=>e.stopRun(o.run_id)}><${x}
name="stop"
/></button>`:l`<button class="send" aria-label=${a(161)}
title=${a(162)}
disabled=${!p.trim()}><${x} name="send" /></button>`}
</div>
</form>
`}var el=({chats:t,roomId:e})=>!!t[e]?.target;function tl({uploads:t,actions:e}){let n=M();return l`
<input ref=${n} type="file" multiple hidden
onChange=${()=>{t.add(n.current.files),n.current.value="",e.openPanel({kind:"documents"})}} />
<${X} icon="clip" label=${a(245)}
onClick=${()=>n.current.click()} />
`}function nl({area:t,text:e,members:n,me:o,shared:s,put:r}){let[i,c]=_(null),[u,d]=_(0),m=()=>c(null),f=$=>{if($?.type==="keyup"&&["Escape","Enter","Tab","ArrowUp","ArrowDown"].includes($.key))return;let{value:g,selectionStart:b,selectionEnd:y}=t.current,S=s&&b===y&&Ds(g,b),A=S?Ls(S.query,n,o):[];c(A.length?{mention:S,all:A}:null),S?.query!==i?.mention.query&&d(0)},h=$=>{let g=Ps(t.current.value,i.mention,$.name);m(),r(g.text,g.caret)};return T(()=>{e===""&&m()},[e===""]),{found:i,at:u,look:f,close:m,pick:h,onKeyDown:$=>{if(!i||$.isComposing)return!1;let g=i.all[u].name.toLowerCase()===i.mention.query.toLowerCase();if($.key==="Enter"&&g)return!1;let b=i.all.length;if($.key==="ArrowDown")d((u+1)%b);else if($.key==="ArrowUp")d((u+b-1)%b);else if($.key==="Enter"||$.key==="Tab")h(i.all[u]);else if($.key==="Escape")m();else return!1;return $.preventDefault(),!0}}}function Pr({label:t,value:e,options:n,onPick:o}){return n.length?l`
<label class="picker" data-single=${n.length===1}>
<span class="visually-hidden">${t}</span>
<select value=${e} onChange=${s=>o(s.target.value)}>
${n.map(s=>l`<option key=${s.value} value=${s.value}
title=${s.title} selected=${s.value===e}>${s.text}</option>`)}
</select>
<${x} name="down" size=${14} />
</label>
`:null}var ol=/^((Arrow|Page)(Up|Down)|Home|End| )$/;function Nr(t){let e=-1/0,n=!1,o=()=>{e=performance.now()},s=d=>{ol.test(d.key)&&!d.target.matches?.("input, textarea")&&o()},r=()=>{n=!0},i=()=>{o(),n=!1},c=new AbortController,u={passive:!0,signal:c.signal};for(let d of["wheel","touchmove"])t.addEventListener(d,o,u);t.addEventListener("pointerdown",r,u);for(let d of["pointerup","pointercancel"])addEventListener(d,i,u);return addEventListener("keydown",s,u),{isRecent:()=>n||performance.now()-e<1e3,stop:()=>c.abort()}}function an(t,e){let n=t.getBoundingClientRect(),{top:o,height:s}=e.getBoundingClientRect();t.scrollTop+=o-n.top-Math.max(0,(n.height-s)/2)}var sl=120,rl=2500;function qr(t,e,n){let o=M(),s=M(!0),r=M(0),i=M(!1),[c,u]=_(!1),d=()=>{s.current=!0,i.current=!1,u(!1),r.current=o.current.scrollHeight,o.current.scrollTop=r.current};T(()=>{s.current=!t,t&&(o.current.scrollTop=0)},[t,e,n?.pending.length]);let m=M(null);T(()=>{let y=new ResizeObserver(()=>{s.current&&o.current&&!il(o.current)&&d()});return m.current=y,y.observe(o.current),()=>y.disconnect()},[]);let f=M(null);T(()=>(f.current=Nr(o.current),f.current.stop),[]),T(()=>{let y=o.current.firstElementChild;m.current.unobserve(y),m.current.observe(y)},[e,n?.loading]);let h=M(null),p=y=>y.getBoundingClientRect().top-o.current.firstElementChild.getBoundingClientRect().top,$=()=>{let y=o.current.querySelector("article");h.current=y&&{node:y,top:p(y)},o.current.style.overflowAnchor="none"};T(()=>{h.current&&(h.current.node.isConnected&&!s.current&&(o.current.scrollTop+=p(h.current.node)-h.current.top),h.current=null,o.current.style.overflowAnchor="")},[n?.messages[0]?.message_id]);let g=()=>{let{scrollHeight:y,scrollTop:S,clientHeight:A}=o.current,k=i.current||f.current.isRecent();if(s.current&&y!==r.current&&!k)return;let D=s.current?Math.min(y,r.current):y;s.current=!t&&D-S-A<sl,u(!s.current&&!t)};return{element:o,onScroll:g,away:c,toEnd:d,toMessage:y=>{s.current=!1,i.current=!0,al(o.current,y),g()},keepPlace:$}}var il=t=>t.contains(document.activeElement)&&document.activeElement.matches("textarea");function al(t,e){an(t,e),e.style.visibility="visible",e.focus({preventScroll:!0}),e.dataset.found="true",setTimeout(()=>delete e.dataset.found,rl)}var Ur=t=>Math.ceil(t.length/100)*24,Fr=t=>t.trimEnd().split(`
`).reduce((e,{length:n})=>e+(Math.ceil(n/100)||.5),0);var cl=5*6e4;function Br(t,e,n={},o=[]){let s=[],r=new Map,{hidden:i,versions:c,rootOf:u}=zn(t,n,o),d=(h,p)=>{if(i.has(h))return;let $=r.get(h);if($)return $.answers.push(p);let g={key:`a-${h}`,kind:"answers",parentId:h,answers:[p]};r.set(h,g);let b=s.findIndex(y=>y.message?.message_id===h);g.question=s[b]?.message??null,s.splice(b<0?s.length:b+1,0,g)};for(let h of t)h.author.kind==="assistant"?d(h.parent_id??h.message_id,h):i.has(h.message_id)||s.push(m(h));function m(h){let p=c.get(u.get(h.message_id));return{key:h.message_id,kind:"message",message:h,versions:p}}let f=new Set(t.map(h=>h.message_id));for(let h of e)f.has(h.message_id)||d(h.parent_id??h.run_id,{run:h});for(let h of r.values())ll(h,n[h.parentId]);return s.forEach((h,p)=>{h.message&&(h.follows=dl(s[p-1]?.message,h.message))}),s}function ll(t,e){let n=t.answers.filter(o=>!o.deleted_at);t.answers=n.length?n:t.answers.slice(-1),t.index=ul(t,e)}function ul({answers:t},e){let n=t.length-1;if(t[n].run)return n;let o=t.findIndex(s=>s.message_id===e);return o<0?n:o}function dl(t,e){return!t||t.author.id!==e.author.id||t.deleted_at?!1:new Date(e.created_at)-new Date(t.created_at)<cl}var ml=2e3;function jr(t){let e=null,n=null,o=()=>n??=pl(t).then(r=>e=r);function s(){let[,r]=_(e!==null);return T(()=>{let i=!1;return e||o().then(()=>!i&&r(!0)),()=>i=!0},[]),e}return{fetch:o,use:s}}async function pl(t){for(;;)try{return await t()}catch{await yo()}}var yo=()=>new Promise(t=>{let e=()=>{clearTimeout(n),removeEventListener("online",e),t()},n=setTimeout(e,ml);addEventListener("online",e)});var fl=200;function _o(t){let e=new Map,n=new Map,o=null,s=0;function r(){o=new Worker(new URL(t,import.meta.url),{type:"module"}),o.onmessage=({data:{id:c,result:u}})=>{let{key:d,resolve:m}=e.get(c);e.delete(c),n.set(d,u),n.size>fl&&n.delete(n.keys().next().value),m(u)},o.onerror=async c=>{c.preventDefault(),await yo(),r();for(let[u,{args:d}]of e)o.postMessage({id:u,args:d})}}function i(...c){let u=JSON.stringify(c);if(n.has(u))return Promise.resolve(n.get(u));o||r();let d=++s;return o.postMessage({id:d,args:c}),new Promise(m=>e.set(d,{key:u,args:c,resolve:m}))}return{call:i,cached:(...c)=>n.get(JSON.stringify(c))}}var He=jr(()=>import("./markdown_renderer.js")),wo=_o("./code_highlighter.js"),vo=_o("./math_renderer.js");var hl=8,$l=2;function cn(t,{first:e,size:n,max:o,added:s=0}){let[,r]=_(0),i=M({from:null,size:n,turns:0}).current,c=performance.now();i.from===null&&t?i.from=Math.max(0,t-e):i.from&&(i.from+=s);let u=Math.min(i.from??0,t);return T(()=>{if(u)return(i.turns||e)&&(i.size=gl(i.size,performance.now()-c,o)),Nt(()=>{i.turns++,i.from=Math.max(0,i.from-i.size),r(d=>d+1)})},[u]),u}function gl(t,e,n){let o=Math.round(t*hl/Math.max(e,1));return Math.max(1,Math.min(o,$l*t,n))}var bl=40;function zr(t){let e=new Map,n=new Set,o=!1,s=0;function r(){o=!1,s=performance.now();let c=[...n];n.clear();for(let u of c)for(let d of e.get(u)??[])d()}function i(){o||(o=!0,setTimeout(r,Math.max(0,s+bl-performance.now())))}return{parts:c=>t.parts(c),grow(c){n.add(c),i()},subscribe(c,u){e.has(c)||e.set(c,new Set);let d=e.get(c);return d.add(u),()=>{d.delete(u),d.size||e.delete(c)}}}}var ko=ao(null);function Ke(t,e){let n=po(ko),o=t?.run_id,s=()=>o?n.parts(o):[],[,r]=_(null);return T(()=>{if(o)return n.subscribe(o,()=>r(e(s())))},[o]),s()}function ln(t,e){return(t??[]).filter(n=>n.kind===e).map(n=>n.text).join(`

`)}var at=t=>[...new Set(t.filter(e=>e.text).map(e=>e.kind))].join();function Wr({steps:t=[],parts:e=[]}){let n=e.filter(s=>s.kind==="reasoning").map(s=>({at:s.part+.5,part:s}));return[...t.map(s=>({at:s.part??0,step:s})),...n].sort((s,r)=>s.at-r.at)}function Hr({steps:t=[]}){let e=t.filter(i=>i.progress!==void 0);if(!e.length)return null;let{progress:n,detail:o}=e.at(-1),s=e.at(-1).name,r=[...new Set(e.map(i=>i.name))].filter(i=>i!==s);return{done:n,stages:[...r,s],detail:o}}function we({error:t,children:e}){let{message:n,hint:o}=R(t);return l`
<div class="failure" role="alert">
<${x} name="alert" />
<div>
<p class="failure-title"><${H} text=${n} /></p>
${o&&l`<p><${H} text=${o} /></p>`}
<div class="failure-buttons">${e}</div>
</div>
</div>
`}var yl=new RegExp("(?:[^\\n]*\\n){1,40}","g"),Kr=t=>`${t}
`.match(yl),Gr=t=>t.split(`
`).reduce((e,n)=>Math.max(e,n.length),0);function Yr(t,e){let{firstChild:n,childNodes:o}=t;o.length===1&&n.nodeType===Node.TEXT_NODE?_l(n,e):t.textContent=e}function _l(t,e){return t.data===e||(e.startsWith(t.data)?t.appendData(e.slice(t.data.length)):t.data=e),!0}var wl="1500px 0px",xo=new WeakMap,un=new WeakMap,So=[];function Eo(t,e){let n=t.closest(".scroll");xo.has(n)||xo.set(n,vl(n));let o=xo.get(n);return un.set(t,e),o.observe(t),()=>{o.unobserve(t),un.delete(t)}}function vl(t){let e=new IntersectionObserver(n=>{let o=n.filter(({isIntersecting:s})=>s);o.sort((s,r)=>r.boundingClientRect.bottom-s.boundingClientRect.bottom);for(let{target:s}of o)e.unobserve(s);o.length&&So.push(...o.map(({target:s})=>s))===o.length&&me(Vr)},{root:t,rootMargin:wl});return e}function Vr(){let t=So.shift();un.get(t)?.(),un.delete(t),So.length&&me(Vr)}var Xr=1500,kl={first:2,size:2,max:4},Jr=8,xl=1e5,Qr=()=>({copy:a(5),code:a(229)}),Sl=()=>({source:t=>a(226,{n:t}),dropped:a(227)});function dn({text:t,sources:e=null,onCite:n,live:o=!1,eager:s=!0}){let r=He.use(),i=M(),[c,u]=_(s||o);O(()=>{if(!c)return Eo(i.current,()=>u(!0))},[c]);let d=Tl(c&&r,t),m=cn(d?.length??0,kl),f=d!==null&&m===0,h=M([]),p=M(new Map),$=b=>{let y=b.target.closest(".cite");if(y)return n?.(Number(y.dataset.index));let S=b.target.closest(".copy-code");S&&Nl(S)};T(()=>{f&&e&&r.resolveCitations(i.current,e,Sl())},[f,t,e]);let g=M(!1);if(!d){let b=r&&!g.current&&c;return g.current=!b,l`<div ref=${i} class=${b?"markdown plain waits":"markdown plain"}
data-live=${o} style=${b&&Zr(t)}>${t}</div>`}return h.current=d.map((b,y)=>{if(y<m)return null;let S=h.current[y],A=o&&y===d.length-1;if(S?.block===b&&S.grows===A)return S;let k=l`<${Al} key=${y} block=${b} grows=${A} renderer=${r} />`;return{block:b,grows:A,element:k}}),l`
<div ref=${i} class="markdown" data-live=${o} onClick=${$}>
${m>0&&l`<${El} blocks=${d.slice(0,m)} />`}
${Cl(h.current,m,p)}
</div>
`}function El({blocks:t}){let e=t.map(({raw:n})=>n.trimEnd()).join(`

`);return l`<div class="block waits" style=${Zr(e)}>${e}</div>`}var Zr=t=>({containIntrinsicBlockSize:`${Fr(t)}lh`});function Cl(t,e,n){let o=n.current;n.current=new Map;let s=Ml([...o.keys()],e,t.length);return s.forEach((r,i)=>{let c=t.slice(r,s[i+1]).map(({element:f})=>f),u=o.get(r),d=u?.blocks.length===c.length&&c.every((f,h)=>f===u.blocks[h]),m=()=>l`<div key=${r} class="blocks">${c}</div>`;n.current.set(r,d?u:{blocks:c,element:m()})}),[...n.current.values()].map(({element:r})=>r)}function Ml(t,e,n){let o=t.filter(s=>s<n);for(e<(o[0]??n)&&o.unshift(e);o.at(-1)+Jr<n;)o.push(o.at(-1)+Jr);return o}function Tl(t,e){let[,n]=_(0),o=M({text:"",blocks:[]}),s=M(!1),r=(e.startsWith(o.current.text)?o.current.text.length:0)+Xr,i=M(e.length<=Xr);t&&i.current&&(o.current=t.parse(e.slice(0,r),o.current));let c=e.length-o.current.text.length;return T(()=>{if(!(!t||!c))return Nt(()=>{i.current=!0,n(u=>u+1)})},[t,o.current.text,c>0]),s.current||=t&&!c,s.current?o.current.blocks:null}function Al({block:t,grows:e,renderer:n}){let{token:o,raw:s}=t,r={code:Ll,list:Rl}[o.type],i=M();return T(()=>{r||n.drawBlock(i.current,t,Qr())},[s,r]),T(()=>{e||Ol(n,i.current)},[s,r,e]),l`<div key=${r?o.type:"html"} class="block" dir="auto" ref=${i}>
${r&&l`<${r} block=${t} grows=${e} renderer=${n} />`}</div>`}function Ol(t,e){let n=t.formulasIn(e);if(!n.length)return;let o=n.map(({tex:i,display:c})=>({tex:i,display:c})),s=i=>n.forEach((c,u)=>t.typeset(c,i[u])),r=vo.cached(o);r?s(r):vo.call(o).then(s)}function Rl({block:t,renderer:e}){let{ordered:n,start:o,items:s,loose:r}=t.token,i=s.map((c,u)=>l`<${Dl} key=${u} item=${c} loose=${r} renderer=${e} />`);return n?l`<ol start=${o||1}>${i}</ol>`:l`<ul>${i}</ul>`}function Dl({item:t,loose:e,renderer:n}){let o=M();return T(()=>n.drawItem(o.current,t,Qr()),[t.raw,e]),l`<li ref=${o}></li>`}function Ll({block:{token:t},grows:e,renderer:n}){let o=n.languageOf(t.lang),s=o&&!e&&t.text.length<=xl,r=Pl(s?t.text:null,o),i=Kr(t.text),c=i.length>1&&{minWidth:`max(100%, ${Gr(t.text)}ch)`};return l`
<div class="code">
<div class="code-head">
<span>${o||a(229)}</span>
<button type="button" class="copy-code">${a(5)}</button>
</div>
<pre tabindex="0"><code style=${c}>${i.map((u,d)=>l`<${Il} key=${d} text=${u} pieces=${r?.[d]} />`)}</code></pre>
</div>
`}function Pl(t,e){let[n,o]=_(null);return T(()=>{let s=!1;if(t!==null){let r=i=>!s&&o({code:t,language:e,groups:i});wo.call(t,e).then(r)}return()=>s=!0},[t,e]),t===null?null:n?.code===t&&n.language===e?n.groups:wo.cached(t,e)??null}function Il({text:t,pieces:e}){let n=M();return T(()=>Yr(n.current,t),[t]),T(()=>{let o=()=>n.current.replaceChildren(...e.map(ei));if(e)return Eo(n.current,o)},[t,e]),l`<span class="lines" ref=${n}></span>`}function ei(t){if(typeof t=="string")return document.createTextNode(t);let e=document.createElement("span");return e.className=t.scope,e.append(...t.pieces.map(ei)),e}async function Nl(t){await ue(t.closest(".code").querySelector("code").textContent.replace(/\n$/,"")),t.textContent=a(4),setTimeout(()=>t.textContent=a(5),1500)}function mn({index:t,count:e,label:n,earlier:o,later:s,onTurn:r}){let i=(c,u,d,m)=>l`<button type="button" class="icon-button small" aria-label=${u}
disabled=${m} onClick=${()=>r(d)}><${x} name=${c} size=${16} /></button>`;return l`
<span class="siblings">
${i("left",o,-1,t===0)}
<span aria-label=${n}>${a(197,{index:t+1,count:e})}</span>
${i("right",s,1,t===e-1)}
</span>`}var pn=t=>`${t.n} ${ye(t)}`;function ti({citations:t,shown:e,onOpen:n}){let o=new Map([...t].reverse().map(s=>[pn(s),s]));return l`
<ul class="sources" aria-label=${a(225)}>
${[...o.values()].reverse().map(s=>l`
<li key=${pn(s)}>
<button type="button" class="source-chip"
aria-pressed=${!!e&&pn(e)===pn(s)}
onClick=${()=>n(s)} title=${s.quote}>
<span class="source-n">${s.n}</span>
<span class="source-title">${s.title}</span>
${ye(s)&&l`<span class="muted">${ye(s)}</span>`}
</button>
</li>`)}
</ul>
`}var fn=({at:t})=>l`<time datetime=${t} title=${ie(t)}>${vr(t)}</time>`;function Co({run:t,label:e,live:n=!1,me:o,fetch:s}){let[r,i]=_(!1),[c,u]=_(null),[d,m]=_(null),f=t??c,h=()=>s().then(u,m);return O(()=>{r&&!f&&s&&h()},[r]),l`
<details class="trace" open=${r} onToggle=${p=>i(p.target.open)}>
<summary><${x} name="right" size=${16} /> ${e}</summary>
${r&&(f?l`<${ql} run=${f} full=${c} live=${n} me=${o} onLoad=${h} />`:l`<p
class="muted">${d?R(d).message:a(11)}</p>`)}
</details>
`}function ql({run:t,full:e,live:n,me:o,onLoad:s}){let r=Ke(n?t:null,Ul),i=Wr(n?{...t,parts:r}:t);return!i.length&&!n?l`<div class="trace-body"><p class="muted">${a(202)}</p></div>`:l`
<ol class="trace-body steps">
${i.map(({step:c,part:u})=>c?l`<li key=${`s${c.step}`} class="trace-item step">
<${Fl} step=${c} full=${e} me=${o} onLoad=${s} /></li>`:l`<li key=${`p${u.part}`} class="trace-item"><${dn} text=${u.text} live=${n} /></li>`)}
</ol>
`}var Ul=t=>ln(t,"reasoning");function Fl({step:t,full:e,me:n,onLoad:o}){let{name:s,detail:r,ms:i,arguments:c,is_error:u}=t,[d,m]=_(!1),f=e?.steps.find(p=>p.step===t.step);O(()=>{d&&!f&&o()},[d]);let h=W([E(203,s,{detail:r||s})??(r||s),u&&a(208),i&&tn(i)]);return c?l`
<details open=${d} onToggle=${p=>m(p.target.open)}>
<summary><${x} name="right" size=${14} /> ${h}</summary>
${d&&l`<dl class="step-data">
<dt>${a(204)}</dt><dd><pre tabindex="0">${jl(c)}</pre></dd>
<dt>${a(205)}</dt><dd><${Bl} step=${f} run=${e} me=${n} /></dd>
</dl>`}
</details>
`:h}function Bl({step:t,run:e,me:n}){return t?t.result?l`<pre tabindex="0">${t.result}</pre>`:l`<p class="muted">${e.user_id===n?a(206):a(207)}</p>`:l`<p class="muted">${a(11)}</p>`}function jl(t){try{return JSON.stringify(JSON.parse(t),null,2)}catch{return t}}var zl=4;function ni({text:t,since:e}){return l`<p class="waiting"><span class="pulse"
aria-hidden="true"></span>${t}<${si} since=${e} /></p>`}function oi({progress:{done:t,stages:e,detail:n},since:o}){let s=e.map(r=>E(209,r)??r);return l`
<div class="run-progress">
<p class="waiting"><span class="pulse" aria-hidden="true"></span>
<span class="stages">${s.map((r,i)=>l`<span key=${r} class="stage" data-now=${i===s.length-1}>${r}</span>`)}</span>
<span class="stage-detail" title=${n}>${n}</span>
<${si} since=${o} /></p>
<progress class="progress" max="1" value=${t} aria-label=${a(210)}></progress>
</div>
`}function si({since:t}){let[e,n]=_(0);return O(()=>{let s=setInterval(()=>n(Math.floor((Date.now()-new Date(t))/1e3)),1e3);return()=>clearInterval(s)},[t]),e<zl?null:l` <span class="muted">${E(27,"s",{n:e})}</span>`}function ii({entry:t,room:e,shared:n,me:o,actions:s,source:r,eager:i}){let{answers:c,index:u,parentId:d,question:m}=t,f=c[u],h=n&&l`<${Wl} question=${m} me=${o} />`,p=b=>s.selectAnswer(e.room_id,d,c[u+b].message_id),$=c.length>1&&!f.run&&l`<${mn} index=${u} count=${c.length}
earlier=${a(194)} later=${a(195)}
label=${a(196,{index:u+1,count:c.length})} onTurn=${p} />`;if(f.deleted_at)return l`<${Hl} message=${f} head=${h} />`;let g=f.run?.message_id??f.message_id;return l`<${Kl} key=${g} run=${f.run} message=${f.run?null:f}
room=${e} shared=${n} me=${o} question=${m} head=${h} actions=${s}
source=${r} siblings=${$} eager=${i} />`}function Wl({question:t,me:e}){let{id:n,name:o}=t?.author??{},s=n===e?a(192):a(193,{name:o});return l`
<p class="answer-head"><${le} size=${20} /> <strong>${a(39)}</strong>${" "}
${t&&l`<span class="muted">${s}</span>`}</p>
`}var Hl=({message:t,head:e})=>l`
<article class="answer" id=${`m-${t.message_id}`} aria-label=${a(190)}
tabindex="-1">
${e}<p class="tombstone">${a(191)}</p>
</article>
`;function Kl({run:t,message:e,...n}){let{head:o,shared:s,room:r,me:i,actions:c,question:u,source:d,siblings:m,eager:f}=n,h=e?.citations,p=t&&!t.unsaved,$=re(()=>e&&Yl(e),[e]),g=y=>{let{message_id:S,run_id:A}=e;c.openPanel({kind:"source",citation:y,citations:h,messageId:S,runId:A})},b=y=>g(h[y]);return l`
<article class="answer" id=${`m-${t?.message_id??e.message_id}`} tabindex="-1"
aria-label=${p?a(189):a(188)}
aria-busy=${p?"true":null}>
<h2 class="visually-hidden">${a(188)}</h2>
${o}
<${Vl} run=${t} message=${e} me=${i} actions=${c} />
${t&&l`<${Xl} run=${t} />`}
<${Gl} run=${t} message=${e} sources=${$} onCite=${b}
eager=${f} />
${t?.unsaved&&l`<${Jl} error=${t.unsaved} />`}
${e&&l`<${Zl} message=${e} me=${i} question=${u} actions=${c}
may=${pe(r)} />`}
${h?.length>0&&l`<${ti} citations=${h} shown=${d} onOpen=${g} />`}
${e?.citations_dropped>0&&l`<p class="dropped-note">${a(228,{count:e.citations_dropped})}</p>`}
${e?l`<${eu} message=${e} room=${r} me=${i} question=${u}
actions=${c} siblings=${m} />`:s&&!t.unsaved&&pe(r)&&l`<${Ql} run=${t} actions=${c} />`}
</article>
`}function Gl({run:t,message:e,sources:n,onCite:o,eager:s}){let r=Ke(t,ri),i=t?ri(r):e.text;return i&&l`<${dn} text=${i} sources=${n} onCite=${o}
live=${!!t} eager=${s} />`}var Yl=({citations:t=[],citation_marks:e=[]})=>({citations:t,marks:e}),ri=t=>ln(t,"answer");function Vl({run:t,message:e,me:n,actions:o}){let s=at(Ke(t,at)),{run_id:r}=t??e,i=()=>o.readRun(r),c=a(201);return t?!s&&!t.steps?.length?null:l`<${Co} run=${t} live=${!0} me=${n} fetch=${i}
label=${s==="reasoning"?a(198):c} />`:r&&l`<${Co} run=${e.detail} label=${c} me=${n} fetch=${i} />`}function Xl({run:t}){let e=at(Ke(t,at)),n=Hr(t);if(n)return l`<${oi} progress=${n} since=${t.started_at} />`;if(e.includes("answer"))return null;let o=t.steps?.at(-1),s=e?a(198):o?o.detail||o.name:a(199);return l`<${ni} text=${s} since=${t.started_at} />`}function Jl({error:t}){let{message:e,hint:n}=R(t);return l`<p class="ended" role="status">${[a(200),e,n].filter(Boolean).map(o=>o.replace(/[^.…!?]$/,"$&.")).join(" ")}</p>`}var Ql=({run:t,actions:e})=>l`
<div class="answer-foot"><button type="button" class="button quiet"
onClick=${()=>e.stopRun(t.run_id)}><${x} name="stop" size=${16}
/> ${a(20)}</button></div>`;function Zl({message:t,me:e,question:n,actions:o,may:s}){let{run_status:r,error:i,text:c,run_id:u}=t,d=()=>o.regenerate(t.message_id),m=s&&c&&l`<button type="button" class="button"
onClick=${()=>o.continueRun(u)}><${x} name="forward"
size=${16} /> ${a(214)}</button>`,f=$=>s&&l`<button type="button" class="button" onClick=${d}><${x} name="retry" size=${16}
/> ${$}</button>`;if(i)return l`<${we} error=${i}>${m}${f(a(21))}<//>`;if(r!=="cancelled"&&r!=="interrupted")return null;let h=!n||n.author.id===e,p=r==="interrupted"?a(211):h?a(212):a(213);return l`<p class="ended">${p}</p>
<div class="ended-buttons">${m}${f(a(215))}</div>`}function eu({message:t,room:e,me:n,question:o,actions:s,siblings:r}){let{message_id:i,text:c,error:u,feedback:d={}}=t,m=pe(e),f=$=>s.rate(i,d[n]?.value===$?null:$),h=($,g)=>{let b=Object.values(d).filter(S=>S.value===$).length,y=d[n]?.value===$;return l`<button type="button" class="icon-button thumb" aria-pressed=${y}
aria-label=${b>1||b&&!y?a(219,{label:g,count:b}):g}
title=${g}
onClick=${()=>f($)}><${x} name=${$==="up"?"up":"down-thumb"}
size=${18} />${b>1&&l`<span>${b}</span>`}</button>`},p=()=>s.openDialog({title:a(222),text:a(223),verb:a(6),onConfirm:()=>s.deleteMessage(i)});return l`
<div class="answer-foot">
${r}
${c&&l`<${tu} text=${c} />`}
${m&&!u&&l`<${X} icon="retry" label=${a(216)}
onClick=${()=>s.regenerate(i)} />`}
${m&&c&&h("up",a(217))} ${m&&c&&h("down",a(218))}
${Kt(t,n,e,o)&&l`<${ce} label=${a(221)}
items=${[{text:a(6),icon:"trash",danger:!0,act:p}]} />`}
<${nu} message=${t} />
</div>
`}function tu({text:t}){let[e,n]=_(!1),o=async()=>{await ue(t),n(!0),setTimeout(()=>n(!1),1500)};return l`<${X} icon=${e?"check":"copy"}
label=${e?a(4):a(220)} onClick=${o} />`}function nu({message:t}){let{usage:e,timings:n}=t.detail??{},o=n?.total_ms;return l`<span class="facts"><${fn} at=${t.created_at} />${a(24)}${W([t.model,e&&a(224,{count:e.output_tokens}),o&&tn(o)])}</span>`}function ct({part:t,children:e}){let[n,o]=fo(r=>reportError(r));if(!n)return e;let s={message:E(47,t),hint:a(48)};return l`<${we} error=${s}>
<button type="button" class="button" onClick=${o}>${a(21)}</button>
<button type="button" class="button"
onClick=${()=>location.reload()}>${a(15)}</button>
<//>`}function ai({message:t,answered:e,shared:n,actions:o,onEnd:s}){let[r,i]=_(t.text),c=M(),u=M(!1),{busy:d,problem:m,submit:f}=K(async()=>{let b=r.trim();if(!b)return;let y={answers:u.current,shared:n};if(b===t.text&&!y.answers)return s();let S=o.editMessage(t,b,y);(n||!y.answers)&&await S,s()});T(()=>{c.current.focus(),c.current.setSelectionRange(r.length,r.length)},[]),T(()=>{c.current.style.height="auto",c.current.style.height=`${c.current.scrollHeight}px`},[r]);let p=(n?Ft(r):!0)&&(e||n),$=(b,y)=>{u.current=y,f(b)},g=b=>{b.key==="Escape"?(b.preventDefault(),s()):sn(b)&&$(b,p)};return l`
<form class="edit" onSubmit=${b=>$(b,p)}>
<textarea ref=${c} rows="1" dir="auto" value=${r} aria-label=${a(184)}
onInput=${b=>i(b.target.value)} onKeyDown=${g}></textarea>
<${B} error=${m} />
<div class="edit-buttons">
<button type="button" class="button" onClick=${s}>${a(1)}</button>
${p&&l`<button type="button" class="button" disabled=${d||!r.trim()}
onClick=${b=>$(b,!1)}>${a(186)}</button>`}
<button class="button primary"
disabled=${d||!r.trim()}>${p?a(187):a(185)}</button>
</div>
</form>
`}var ou=1500;function ci({entry:t,room:e,shared:n,me:o,names:s,answered:r,actions:i}){let{message:c,follows:u}=t,[d,m]=_(!1),{author:f,message_id:h}=c,p=f.id===o,$=p?a(168):f.name;return c.deleted_at?l`<article class="question" id=${`m-${h}`} data-mine=${p} tabindex="-1"
aria-label=${a(169,{name:$})}>
<p class="tombstone">${p?a(170):a(171,{name:f.name})}</p>
</article>`:l`
<article class="question" id=${`m-${h}`} data-mine=${p} data-follows=${u}
aria-label=${$} tabindex="-1">
${!u&&l`<p class="author">${!p&&l`<${Z} id=${f.id} name=${f.name} size="small" />`}
${!p&&l`<span class="author-name">${f.name}</span>`}
<${fn} at=${c.created_at} /></p>`}
${d?l`<${ai} message=${c} answered=${r} shared=${n}
actions=${i} onEnd=${()=>m(!1)} />`:l`<div class="said">
<div class="bubble">${Is(c.text,s).map(g=>g.mention?l`<span class="mention">${g.text}</span>`:g.text)}${c.edited_at&&l` <span class="edited">${a(172)}</span>`}</div>
<${ru} message=${c} room=${e} me=${o} actions=${i}
answered=${r} onEdit=${()=>m(!0)} />
</div>
<${su} entry=${t} actions=${i} />`}
</article>
`}function su({entry:{message:t,versions:e},actions:n}){if(!e)return null;let o=e.indexOf(t.message_id);return l`<${mn} index=${o} count=${e.length}
earlier=${a(174)} later=${a(175)}
label=${a(176,{index:o+1,count:e.length})}
onTurn=${s=>n.selectVersion(t.room_id,e,e[o+s])} />`}function ru({message:t,room:e,me:n,actions:o,answered:s,onEdit:r}){let{message_id:i,text:c}=t,u=()=>ue(c).then(()=>o.notify(a(177))),d=()=>o.openDialog({title:a(178),text:a(179),verb:a(6),onConfirm:()=>o.deleteMessage(i)});return l`<span class="message-tools"><${ce} label=${a(173)} items=${[{text:a(5),icon:"copy",act:u},Jn(t,n,e)&&{text:a(9),icon:"pencil",act:r},Jn(t,n,e)&&s&&{text:a(216),icon:"retry",act:()=>o.regenerate(i)},Kt(t,n,e)&&{text:a(6),icon:"trash",danger:!0,act:d}]} /></span>`}function iu(t){let[e,n]=_(!1);return O(()=>{let o=setTimeout(()=>n(!0),ou);return()=>{clearTimeout(o),n(!1)}},[t]),e}function li({item:t,online:e,onAgain:n,onDiscard:o}){let s=t.error&&R(t.error),r=iu(e)?a(180):"";return l`
<article class="question" aria-label=${a(168)} data-mine="true" data-pending="true">
<div class="bubble">${t.text}</div>
${!t.error&&l`<p class="pending-note"
role="status">${e?r:a(181)}</p>`}
${s&&l`<${we} error=${t.error}>
<button type="button" class="button" onClick=${n}><${x} name="retry" size=${16}
/> ${a(182)}</button>
<button type="button" class="button" onClick=${o}>${a(183)}</button>
<//>`}
</article>
`}var au=1500,[cu,lu]=[1,50],uu=2;function hn({state:t,chat:e,room:n,runs:o,actions:s,scroll:r,onTarget:i}){let{roomId:c,user:u,connection:d,panel:m}=t,f=d.status==="online",h=z(n),p=re(()=>Br(e?.messages??[],o,e?.shown,e?.pending),[e?.messages,e?.shown,e?.pending,t.runs]),$=e?.members??n?.members??[],g=$.map(A=>A.name).join(`
`),b=re(()=>h?g.split(`
`):[],[g,h]),y=M();if(T(()=>{He.fetch()},[]),e?.error){let A=e.error.kind==="not_found";return l`<${we} error=${A?fu():e.error}>
${!A&&l`<button type="button" class="button"
onClick=${()=>s.loadRoom(c)}>${a(21)}</button>`}
<a class="button" href="#">${a(61)}</a>
<//>`}if(e?.loading&&!p.length&&!e.pending.length)return l`<p
class="waiting">${f?a(141):a(142)}</p>`;let S=!p.length&&!e?.pending.length;return l`
<section ref=${y} aria-label=${a(138)} data-shared=${h}>
<h1 class="visually-hidden">${n?.name??a(138)}</h1>
${e?.older&&l`<${du} key=${e.older} area=${r.element} online=${f}
onLoad=${()=>(r.keepPlace(),s.loadOlder(c))} />`}
${S&&l`<${bu} shared=${h} actions=${s} />`}
<${mu} key=${c} entries=${p} section=${y} room=${n}
target=${e?.target} onTarget=${i}
shared=${h} me=${u?.id} names=${b} actions=${s} panel=${m} />
${h&&l`<${vu} last=${e?.messages.at(-1)} members=${$} me=${u?.id} />`}
${e?.pending.map(A=>l`<${li} key=${A.id} item=${A} online=${f}
onAgain=${()=>s.resend(c,A)}
onDiscard=${()=>s.discardPending(c,A.id)} />`)}
</section>
`}function du({area:t,online:e,onLoad:n}){let o=M(),[s,r]=_(!1),i=()=>{r(!0),n().finally(()=>r(!1))};return O(()=>{if(!e)return;let c={root:t.current,rootMargin:`${au}px 0px 0px`},u=new IntersectionObserver(([d])=>{d.isIntersecting&&(u.disconnect(),i())},c);return u.observe(o.current),()=>u.disconnect()},[e]),l`<button type="button" class="button older" ref=${o} disabled=${s}
onClick=${i}>${s?a(11):a(143)}</button>`}function mu({entries:t,section:e,target:n,onTarget:o,...s}){let r=_u(t),i=pu(t),c=M(null),u=Math.max(0,t.findIndex(h=>h.key===c.current));c.current=t[0]?.key;let d=t.length-i,m=cn(t.length,{first:i?0:d,size:d,max:uu,added:u});$u(e,t,m),hu(n,t,m,o),gu(e,t,m);let f=`${To(t.slice(0,m))}px`;return l`
${m>0&&l`<div class="reserve" style=${{height:f}} />`}
${t.slice(m).map((h,p)=>l`<${wu} key=${h.key} entry=${h} ...${s}
answered=${t[m+p+1]?.parentId===h.message?.message_id}
date=${r[m+p]} eager=${m+p>=i} />`)}
`}function pu(t){let e=0,n=t.length;for(;n>0&&e<cu*innerHeight;)e+=To([t[--n]]);return n}var To=t=>t.reduce((e,{message:n,answers:o,index:s})=>{let{text:r=""}=n??o[s];return e+lu+Ur(r)},0),fu=()=>({message:a(139),hint:a(140)});function hu(t,e,n,o){T(()=>{let s=t&&document.getElementById(`m-${t}`);s&&o(s)},[t,e,n])}function $u(t,e,n){let o=M(null);T(()=>{let s=[...t.current?.children??[]].filter(i=>i.matches("article")),r=o.current?s.indexOf(o.current):0;o.current=s[0]??null,s.slice(0,Math.max(r,0)).forEach((i,c)=>{i.style.containIntrinsicBlockSize=`auto ${To([e[n+c]])}px`,i.dataset.settled="true"})},[n])}function gu(t,e,n){O(()=>{if(n)return;let o=null,s=new IntersectionObserver(r=>{s.disconnect();let i=r.filter(({isIntersecting:c})=>!c);i.length&&(o=me(()=>{for(let{target:c}of i)c.dataset.settled="true"}))});for(let r of t.current?.children??[])r.matches("article")&&!r.dataset.settled&&s.observe(r);return()=>{s.disconnect(),o?.()}},[e,n])}function bu({shared:t,actions:e}){return l`<div class="nothing">
<p>${t?a(144):a(145)}</p>
${!t&&l`<button type="button" class="button"
onClick=${()=>e.openPanel({kind:"members"})}>${a(282)}</button>`}
</div>`}var Mo=new WeakMap;function yu(t){return Mo.has(t)||Mo.set(t,new Date(t.created_at).toDateString()),Mo.get(t)}function _u(t){let e=null;return t.map(({message:n,question:o,answers:s})=>{let r=n??(o?null:s[0]),i=r?.created_at?yu(r):e,c=i!==e;return e=i,c?r.created_at:null})}function wu({entry:t,room:e,shared:n,me:o,names:s,actions:r,panel:i,answered:c,date:u,eager:d}){let m=t.answers?.[t.index],f=i?.kind==="source"&&i.messageId===m?.message_id?i.citation:null;return re(()=>{let h=t.kind==="message"?l`<${ci} entry=${t} room=${e} shared=${n} me=${o} names=${s}
answered=${c} actions=${r} />`:l`<${ii} entry=${t} room=${e} shared=${n} me=${o} actions=${r}
source=${f} eager=${d} />`,p=l`<${ct} part="message">${h}<//>`;return u?l`<p class="day">${kr(u)}</p>${p}`:p},[t.message??t.question,t.follows,t.versions?.length,m?.run??m,t.answers?.length,t.index,f,n,e?.role,s,c,u,o])}function vu({last:t,members:e,me:n}){if(!t||t.author.id!==n)return null;let o=e.filter(r=>r.id!==n&&r.read_seq>=t.seq);if(!o.length)return null;let s=o.length>3?a(30,{count:o.length}):be(o.map(r=>r.name));return l`<p class="seen">${a(146,{names:s})}</p>`}function ui({typing:t={}}){let e=Object.values(t);if(!e.length)return l`<p class="typing" data-idle="true"></p>`;let n=e.length>3?a(137):be(e);return l`<p class="typing">
<span class="typing-dots" aria-hidden="true"><i></i><i></i><i></i></span>
<span class="typing-names">${n}</span> ${a(136,{count:e.length})}
</p>`}function di({state:t,actions:e,uploads:n,onExample:o}){let s=(t.documents??[]).filter(i=>i.status==="ready"),r=t.documents!==null;return t.user&&!J(t.user)?l`<${ku} state=${t} />`:l`
<div class="welcome">
<${le} size=${44} />
<h1>${a(103)}</h1>
<p class="lead">${a(104)}</p>
${r&&!t.documents.length&&l`<${xu} actions=${e}
uploads=${n} />`}
${r&&t.documents.length>0&&l`<${Su} documents=${t.documents}
actions=${e} />`}
${r&&(t.provider?.name==="extractive"?l`<${Eu}
/>`:l`<${Cu} ready=${s} onExample=${o} />`)}
</div>
`}function ku({state:t}){return l`
<div class="welcome">
<${le} size=${44} />
<h1>${a(105,{name:t.user.name})}</h1>
<p class="lead">${t.rooms?.length?a(106):a(107)}</p>
</div>
`}function xu({actions:t,uploads:e}){let n=M(),o=()=>{e.add(n.current.files),t.openPanel({kind:"documents"})};return l`
<div class="first-drop">
<${x} name="upload" size=${24} />
<p class="with-mouse"><strong>${a(108)}</strong></p>
<p class="without-mouse"><strong>${a(109)}</strong></p>
<p class="muted">${a(110)}</p>
<input ref=${n} type="file" multiple hidden onChange=${o}
/>
<button type="button" class="button primary"
onClick=${()=>n.current.click()}>${a(111)}</button>
</div>
`}function Su({documents:t,actions:e}){let n=t.filter(r=>r.status==="ready").length,o=t.filter(r=>r.status==="failed").length,s=t.length-n-o;return l`
<button type="button" class="library" onClick=${()=>e.openPanel({kind:"documents"})}>
<${x} name="files" size=${18} />
<span>
${a(112,{count:n})}
${s>0&&l`<span class="muted">${a(24)}${a(113,{count:s})}</span>`}
${o>0&&l`<span class="problem">${a(24)}${a(114,{count:o})}</span>`}
</span>
</button>
`}var Eu=()=>l`<p
class="tip muted">${a(115)}</p>`;function Cu({ready:t,onExample:e}){let[{title:n}={},o]=t;return l`
<div class="examples">
<h2>${n?a(117):a(116)}</h2>
<ul>
${Mu(n,o?.title).map(s=>l`<li key=${s} class="example-item"><button type="button" class="example"
onClick=${()=>e(s)}>${s}</button></li>`)}
</ul>
</div>
`}function Mu(t,e){return t?[a(122,{title:t}),a(123,{title:t}),e?a(124,{title:t,other:e}):a(121)]:[a(118),a(119),a(120)]}function mi({state:t,actions:e,uploads:n}){let{roomId:o}=t,s=t.chats[o??"new"],r=t.rooms?.find($=>$.room_id===o),i=z(r),c=Object.values(t.runs).filter($=>$.room_id===o),u=c.find($=>$.status==="running"&&!$.unsaved),[d,m]=_(null),f=!o&&!s?.pending.length,h=qr(f,o,s),p=$=>{h.toMessage($),e.clearTarget(o)};return Au(t,s,h.away,e),l`
<div class="chat" data-empty=${f}>
<div class="scroll" ref=${h.element} onScroll=${h.onScroll} tabindex="-1">
<div class="thread">
${f?l`<${di} state=${t} actions=${e} uploads=${n}
onExample=${$=>m({text:$})} />`:l`<${hn} state=${t} chat=${s} room=${r} runs=${c}
actions=${e} scroll=${h} onTarget=${p} />`}
</div>
</div>
<div class="dock">
${h.away&&l`<button type="button" class="to-end" onClick=${h.toEnd}><${x}
name="down" size=${16} /> ${a(125)}</button>`}
${i&&l`<${ui} typing=${s?.typing} />`}
${Tu(t,r,s)&&l`<${Ir} state=${t} actions=${e} uploads=${n} run=${u}
room=${r} members=${s?.members??r?.members} prefill=${d} />`}
<${Ou} state=${t} room=${r} shared=${i} />
</div>
<${Ru} chat=${s} roomId=${o} me=${t.user?.id} />
</div>
`}function Tu({roomId:t,user:e},n,o){return o?.error?!1:t?pe(n):!e||J(e)}function Au({visible:t,view:e,roomId:n,connection:o,rooms:s},r,i,c){let u=r?.loading?0:r?.messages.at(-1)?.seq??0,d=t&&!i&&e.name==="chat"&&o.status==="online";O(()=>{d&&n&&u&&c.markRead(n,u)},[d,n,u,s===null])}function Ou({state:t,room:e,shared:n}){let{provider:o,roomId:s,user:r}=t;return!s&&r&&!J(r)?null:e&&!pe(e)?l`<p class="footnote reading">${a(126)}</p>`:n?l`<p class="footnote quiet"><${H} text=${a(127)} /></p>`:o?.name!=="extractive"?l`<p class="footnote quiet">${a(128)}</p>`:l`<div class="footnote">
${a(129)}${" "}
${o.hint&&l`<details
class="hint"><summary>${a(130)}</summary><span><${H}
text=${Sr(o.hint)} /></span></details>`}
</div>`}function Ru({chat:t,roomId:e,me:n}){let[o,s]=_(""),r=M({}),i=t?.messages.at(-1);return O(()=>{let c=r.current.roomId===e&&r.current.ready,u=c&&i&&i.seq>r.current.seq;u&&i.author.kind==="assistant"?s(Du(i)):u&&i.author.id!==n?s(a(131,{name:i.author.name,text:i.text.slice(0,300)})):(!c||t?.error)&&s(""),r.current={roomId:e,seq:i?.seq??0,ready:!t?.loading}},[i,e,t?.loading,t?.error]),l`<p class="visually-hidden" aria-live="polite">${o}</p>`}function Du({run_status:t,error:e,text:n,citations:o}){if(e)return a(132,{message:R(e).message});if(t==="cancelled")return a(133);let s={text:n.slice(0,300),count:o?.length};return s.count?a(135,s):a(134,s)}function pi({actions:t}){let[e,n]=_(null),[o,s]=_(null),r=()=>t.listGrants().then(n,s);O(()=>{r()},[]);let i=c=>t.openDialog({title:a(456,{name:c.client_name}),text:a(457),verb:a(454),onConfirm:()=>t.revokeGrant(c).then(r,t.showError)});return l`
<section aria-labelledby="apps-title">
<h2 id="apps-title">${a(451)}</h2>
${o&&l`<p class="problem" role="alert">${R(o).message}</p>`}
${!o&&!e&&l`<p class="waiting">${a(11)}</p>`}
${e?.length===0&&l`<p class="muted">${a(452)}</p>`}
${e?.length>0&&l`<ul class="rows" aria-label=${a(451)}>
${e.map(c=>l`<li class="row" key=${c.grant_id}>
<${x} name="link" />
<span class="row-text"><span class="row-name">${c.client_name}</span>
<span class="muted">${Lu(c)}</span></span>
<button type="button" class="button danger-text"
aria-label=${a(455,{name:c.client_name})}
onClick=${()=>i(c)}>${a(454)}</button>
</li>`)}
</ul>`}
</section>
`}function Lu({redirect_host:t,scopes:e,created_at:n,used_at:o}){return W([t,a(358,{scopes:be(e.map(s=>E(38,s)))}),a(453,{date:Le(n)}),o?a(361,{date:ie(o)}):a(362)])}var Pu=["darwin","win32","linux"],Iu={darwin:"~/",linux:"~/",win32:"%USERPROFILE%\\"};function fi({actions:t}){let[e,n]=_(null),[o,s]=_(null);return O(()=>{t.listConnectors().then(n,s)},[]),l`
<div class="view-scroll" tabindex="-1"><div class="view">
<h1>${a(432)}</h1>
<p class="muted">${a(433)}</p>
${o&&l`<p class="problem" role="alert">${R(o).message}</p>`}
${!o&&!e&&l`<p class="waiting">${a(11)}</p>`}
${e&&l`<${Nu} url=${e.url} /><${qu} offer=${e} />`}
<${pi} actions=${t} />
</div></div>
`}function Nu({url:t}){return l`
<section aria-labelledby="address-title">
<h2 id="address-title">${a(434)}</h2>
<p class="muted">${a(435)}</p>
<${on} label=${a(436)} value=${t} />
</section>
`}function qu({offer:t}){let[e,n]=_(t.connectors[0].id),[o,s]=_(ju(location.hostname)?"local":"remote"),[r,i]=_(zu()),c=t.connectors.find(m=>m.id===e),u=o==="local"&&c.local,d=t.connectors.map(({id:m,title:f})=>({value:m,text:f}));return l`
<section aria-labelledby="clients-title">
<h2 id="clients-title">${a(437)}</h2>
<div class="field-row">
<${G} label=${a(438)} value=${e} options=${d} onPick=${n} />
<${G} label=${a(439)} value=${r} options=${Pu.map(m=>({value:m,text:E(440,m)}))} onPick=${i} />
${c.local&&l`<${G} label=${a(441)} value=${o} onPick=${s}
options=${["remote","local"].map(m=>({value:m,text:E(442,m)}))} />`}
</div>
<${Uu} client=${c} url=${t.url} platform=${r} local=${u} />
</section>
`}function Uu({client:t,url:e,platform:n,local:o}){let s=Bu(t,n),r=o||t.remote,i=o?"":` --server ${e.replace(/\/mcp$/,"")}`;return r?l`
<p><${H} text=${a(443,{file:s})} codeClass="path" /></p>
<${Ao} label=${a(444,{client:t.title})} text=${r} />
<p>${a(445)}</p>
<${Ao} label=${a(446)} text=${o?t.install:`basicchat mcp install ${t.id}${i}`} />
<p class="muted">${t.then}</p>
`:l`<${Fu} client=${t} server=${i} url=${e} />`}function Fu({client:t,server:e,url:n}){return l`
<p>${a(447,{client:t.title})}</p>
<${Ao} label=${a(446)}
text=${`basicchat mcp install ${t.id}${e} --token KEY`} />
<p class="muted">${t.then} ${n.startsWith("https:")?a(448):a(449)}</p>
`}function Ao({label:t,text:e}){let[n,o]=_(!1),s=async()=>{await ue(e),o(!0),setTimeout(()=>o(!1),2e3)};return l`<div class="code">
<div class="code-head"><span>${t}</span>
<button type="button" class="copy-code" aria-label=${a(450,{label:t})}
onClick=${s}>${n?a(4):a(5)}</button></div>
<pre tabindex="0"><code>${e}</code></pre>
<span class="visually-hidden" role="status">${n?a(4):""}</span>
</div>`}function Bu({files:t},e){let n=t[e]??t.linux;return Iu[e]+(e==="win32"?n.replaceAll("/","\\"):n)}function ju(t){return t==="localhost"||t==="[::1]"||/^127\./.test(t)}function zu(){let t=navigator.userAgentData?.platform??navigator.platform??"";return/^mac/i.test(t)?"darwin":/^win/i.test(t)?"win32":"linux"}var Wu=[1,3,7,30],Hu=[1,5,25,100],Ku=()=>Wu.map(t=>({value:String(t*24),text:a(28,{count:t})})),Gu=()=>Hu.map(t=>({value:String(t),text:a(30,{count:t})}));function Yu(){let[t,e]=_("72"),[n,o]=_("1");return l`<div class="field-row">
<${G} label=${a(376)} name="hours" value=${t} options=${Ku()}
onPick=${e} />
<${G} label=${a(377)} name="uses" value=${n} options=${Gu()}
onPick=${o} />
</div>`}function Oo({id:t,invite:e,title:n,text:o,close:s,children:r}){let[i,c]=_(null),{busy:u,problem:d,submit:m}=K(async()=>{let{hours:f,uses:h}=ae(document.getElementById(t));c(await e({hours:Number(f),uses:Number(h)}))});return i?l`<${Pe} title=${n} label=${a(379)} value=${i}
close=${s}
text=${o} />`:l`
<${Y} label=${a(375)} onClose=${s}>
<form id=${t} class="stack" onSubmit=${m}>
<h2>${a(375)}</h2>
${r}
<${Yu} />
<${B} error=${d} />
<div class="modal-buttons">
<button type="button" class="button" onClick=${s}>${a(1)}</button>
<button class="button primary" disabled=${u}>${a(378)}</button>
</div>
</form>
<//>
`}var Vu=()=>["member","viewer"].map(t=>({value:t,text:E(384,t)}));function hi({room:t,actions:e,close:n}){let[o,s]=_("member");return l`
<${Oo} id="room-link" invite=${i=>e.createInvitation({room_id:t.room_id,room_role:o,...i})} close=${n}
title=${a(380)} text=${a(381)}>
<p>${a(382,{room:t.name})}</p>
<${G} label=${a(383)} value=${o} options=${Vu()} onPick=${s}
data-focus />
<//>
`}function gi({label:t,user:e,role:n,onPick:o,...s}){let r=Ht(e).map(i=>({value:i,text:E(34,i)}));return l`<${G} label=${t} value=${n} options=${r} onPick=${o}
hint=${E(35,n)} ...${s} />`}function bi({state:t,actions:e,close:n}){let[o,s]=_("member"),[r,i]=_(null),{busy:c,problem:u,submit:d}=K(async()=>{let{name:m,password:f}=ae(document.getElementById("add-user")),h=await e.addUser({name:m.trim(),role:o,...f&&{password:f}});h.password?i(h):(n(),e.notify(a(413,{name:h.user.name})))});if(r){let{name:m}=r.user;return l`<${Pe} title=${a(412,{name:m})} label=${a(13)}
value=${r.password} close=${n} text=${a(414,{name:m})} />`}return l`
<${Y} label=${a(392)} onClose=${n}>
<form id="add-user" class="stack" onSubmit=${d}>
<h2>${a(392)}</h2>
<${V} label=${a(12)} name="name" maxlength="100" required data-focus
autocomplete="off"
hint=${a(410)} />
<${gi} label=${a(19)} user=${t.user} role=${o}
onPick=${s} />
<${V} label=${a(13)} name="password" type="password" minlength="8"
autocomplete="new-password" hint=${a(411)} />
<${B} error=${u} />
<div class="modal-buttons">
<button type="button" class="button" onClick=${n}>${a(1)}</button>
<button class="button primary" disabled=${c}>${a(0)}</button>
</div>
</form>
<//>
`}function yi({state:t,actions:e,close:n}){let[o,s]=_("member");return l`
<${Oo} id="invite-to-server" invite=${i=>e.createInvitation({role:o,...i})} close=${n}
title=${a(385)} text=${a(386)}>
<${gi} label=${a(387)} user=${t.user} role=${o}
onPick=${s}
data-focus />
<//>
`}function _i({user:t,actions:e,close:n}){let[o,s]=_(null),{busy:r,problem:i,submit:c}=K(async()=>{let d=Xu();await e.changeUser(t.id,{password:d}),s(d)}),{name:u}=t;return o?l`<${Pe} title=${a(419,{name:u})}
label=${a(13)}
value=${o} close=${n} text=${a(420,{name:u})} />`:l`
<${Y} label=${a(415)} onClose=${n}>
<form class="stack" onSubmit=${c}>
<h2>${a(416,{name:u})}</h2>
<p>${a(417,{name:u})}</p>
<${B} error=${i} />
<div class="modal-buttons">
<button type="button" class="button" data-focus
onClick=${n}>${a(1)}</button>
<button class="button primary" disabled=${r}>${a(418)}</button>
</div>
</form>
<//>
`}var $i="abcdefghijkmnpqrstuvwxyz23456789";function Xu(){let t=crypto.getRandomValues(new Uint8Array(20));return Array.from(t,n=>$i[n%$i.length]).join("").match(/.{5}/g).join("-")}function wi({invitation:t,actions:e}){let{busy:n,problem:o,submit:s}=K(e.acceptInvitation),{room:r,error:i}=t,c=e.dismissInvitation,u=i?a(319):a(318),d=!!i||"role"in t;return l`
<${Y} label=${u} onClose=${c}>
<form class="stack" onSubmit=${s}>
<h2>${u}</h2>
${!d&&l`<p class="waiting">${a(320)}</p>`}
${i&&l`<${B} error=${i} />`}
${d&&!i&&l`<p>${r?vi(t):a(321)}</p>`}
<${B} error=${o} />
<div class="modal-buttons">
<button type="button" class="button" data-focus
onClick=${c}>${r?a(322):a(2)}</button>
${r&&l`<button class="button primary" disabled=${n}>${a(323)}</button>`}
</div>
</form>
<//>
`}function vi({inviter:t=a(324),room:e}){return e?a(325,{inviter:t,room:e.name}):a(326,{inviter:t})}function ki({invitation:t,actions:e,onLogIn:n}){let o=M(),{busy:s,problem:r,submit:i}=K(async()=>{let{name:d,password:m}=ae(o.current);await e.acceptWithNewAccount(d.trim(),m)}),{error:c,role:u}=t;if(nn(o,!c&&!!u),c){let d=c.kind==="not_found";return l`<h1>${d?a(319):a(318)}</h1>
<${B} error=${c} />
${!d&&l`<button type="button" class="button primary wide"
onClick=${()=>e.previewInvitation(t.code)}>${a(21)}</button>`}
<button type="button" class="button wide"
onClick=${e.dismissInvitation}>${a(328)}</button>`}return u?l`
<h1>${a(318)}</h1>
<p>${vi(t)} ${E(327,u)}</p>
<form ref=${o} class="stack" onSubmit=${i}>
<${V} label=${a(329)} name="name" maxlength="100" required
autocomplete="username"
hint=${a(330)} />
<${V} label=${a(331)} name="password" type="password"
minlength="8" required
autocomplete="new-password" hint=${a(14)} />
<${B} error=${r} />
<button class="button primary wide" disabled=${s}>${a(323)}</button>
</form>
<button type="button" class="link" onClick=${n}>${a(332)}</button>
`:l`<h1>${a(318)}</h1><p class="waiting">${a(320)}</p>`}var Ju={"add-user":bi,"invite-to-server":yi,"new-password":_i,"new-key":Mr,keys:Tr,prompt:Zu,"room-link":hi};function Qu({title:t,text:e,verb:n,onConfirm:o,close:s}){let r=()=>{s(),o()};return l`
<${Y} label=${t} onClose=${s}>
<h2>${t}</h2>
<p>${e}</p>
<div class="modal-buttons">
<button type="button" class="button" data-focus
onClick=${s}>${a(1)}</button>
<button type="button" class="button danger" onClick=${r}>${n}</button>
</div>
<//>
`}function Zu({title:t,text:e,label:n,value:o,verb:s,onConfirm:r,close:i}){let[c,u]=_(o);return l`
<${Y} label=${t} onClose=${i}>
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
`}function xi({state:t,actions:e}){let{dialog:n,invitation:o}=t,r={...n,state:t,actions:e,close:()=>e.openDialog(null)};if(!n)return l`<${wi} invitation=${o} actions=${e} />`;let i=Ju[n.kind]??Qu;return l`<${i} key=${n.kind} ...${r} />`}function ve({title:t,modal:e,onClose:n,tools:o,children:s}){let r=M();return T(()=>{let i=document.activeElement;return r.current.focus(),()=>i?.isConnected&&i.focus()},[]),l`
<div class="panel" ref=${r} tabindex="-1" role=${e?"dialog":"complementary"}
aria-modal=${e||null} aria-label=${t}>
<header class="panel-head">
<h2 title=${t}>${t}</h2>
${o}
<${X} icon="close" label=${a(2)} onClick=${n} />
</header>
<div class="panel-body" tabindex="0">${s}</div>
</div>
`}function Si({state:t,actions:e,uploads:n,modal:o}){let{documents:s,tasks:r}=t,i=t.limits.max_upload_bytes,c=M(),u=()=>{n.add(c.current.files),c.current.value=""};return l`
<${ve} title=${a(244)} modal=${o} onClose=${()=>e.openPanel(null)}>
<div class="drop-here">
<input ref=${c} type="file" multiple hidden
onChange=${u} />
<button type="button" class="button primary"
onClick=${()=>c.current.click()}><${x} name="upload" size=${18}
/> ${a(245)}</button>
<span class="muted"><span class="with-mouse">${a(246)} </span>${i&&a(247,{size:De(i)})}</span>
</div>
${s===null&&l`<p class="waiting">${a(248)}</p>`}
${s?.length===0&&!t.uploads.length&&l`<p
class="panel-empty">${a(249)}</p>`}
<ul class="documents" aria-label=${a(244)}
onKeyDown=${d=>_e(d,".document-name")}>
${t.uploads.map(d=>l`<${ed} key=${d.id} upload=${d}
uploads=${n} />`)}
${s?.map(d=>l`<${td} key=${d.document_id} doc=${d}
task=${r[d.task_id]} actions=${e} />`)}
</ul>
<//>
`}function ed({upload:t,uploads:e}){let{name:n,size:o,status:s,progress:r,error:i,again:c}=t,u=s==="failed"||s==="duplicate";return l`
<li class="document" data-status=${s}>
<div class="document-main">
<span class="document-title">${n}</span>
${s==="failed"?l`<p class="problem" role="alert"><${H} text=${i} /></p>`:l`<span
class="muted">${W([E(259,s),De(o)])}</span>`}
${s==="uploading"&&l`<${Ei} value=${r} label=${a(260,{name:n})}
/>`}
</div>
${c&&l`<button type="button" class="icon-button small"
aria-label=${a(261,{name:n})} title=${a(21)}
onClick=${()=>e.again(t)}><${x} name="retry" size=${16} /></button>`}
${u&&l`<button type="button" class="icon-button small"
aria-label=${a(262,{name:n})}
title=${a(7)} onClick=${()=>e.dismiss(t.id)}><${x}
name="close" size=${16}
/></button>`}
</li>
`}function td({doc:t,task:e,actions:n}){let{document_id:o,title:s,status:r,error:i,notes:c}=t,u=()=>n.openPanel({kind:"source",document:t}),d=()=>n.openDialog({title:a(251),text:a(252,{title:s}),verb:a(6),onConfirm:()=>n.deleteDocument(o)}),m=r==="queued"||r==="indexing";return l`
<li class="document" data-status=${r}>
<div class="document-main">
<button type="button" class="document-name document-title" disabled=${r!=="ready"}
title=${s} onClick=${u}>${s}</button>
${r==="failed"?l`<p class="problem"><${H}
text=${i??a(253)}
/></p>`:l`<span class="muted">${nd(t,e)}</span>`}
${r==="ready"&&c?.map(({kind:f,params:h,text:p})=>l`<p key=${f} class="document-note">${E(257,f,h)??p}</p>`)}
${m&&l`<${Ei} value=${e?.progress} label=${a(256,{title:s})} />`}
</div>
<button type="button" class="icon-button small"
aria-label=${a(250,{title:s})} title=${a(6)}
onClick=${d}><${x} name="trash" size=${16} /></button>
</li>
`}function nd({status:t,pages:e,bytes:n},o){return t==="queued"?a(254):t==="indexing"?o?.message||a(255):W([De(n),e&&a(258,{count:e})])}function Ei({value:t,label:e}){return l`<progress class="progress" max="1" value=${t??null}
aria-label=${e}></progress>`}function od(t){let e=t.slice(1),n=E(306,e);return n&&{message:n,hint:E(307,e)}}function Ci({state:t,actions:e}){let{invitation:n}=t,[o,s]=_(!1);return l`
<main class="login">
<div class="login-card">
<${le} size=${40} />
${n&&!o?l`<${ki} invitation=${n} actions=${e}
onLogIn=${()=>s(!0)} />`:l`<${sd} state=${t} actions=${e} />`}
</div>
</main>
`}function sd({state:t,actions:e}){let[n,o]=_(null),[s]=_(()=>od(location.hash));O(()=>{e.loginOptions().then(o,()=>{})},[]);let r=t.connection.status==="forbidden"||t.user!==null;return l`
<h1>${a(301)}</h1>
${s?l`<${B} error=${s} />`:r&&l`<${rd} state=${t} />`}
<${id} state=${t} actions=${e} />
${n?.oidc&&l`<p class="or"><span>${a(305)}</span></p>
<a class="button wide"
href=${n.oidc.path.replace(/^\//,"")}>${a(304,{name:n.oidc.name})}</a>`}
<${ad} actions=${e} />
`}function rd({state:t}){let n=t.connection.status==="forbidden"?{message:a(308),hint:a(309)}:{message:a(310),hint:a(311)};return l`<${B} error=${n} />`}function id({actions:t}){let e=M(),{busy:n,problem:o,submit:s}=K(async()=>{let{name:r,password:i}=ae(e.current);await t.logIn(r.trim(),i)});return nn(e),l`
<form ref=${e} class="stack" onSubmit=${s}>
<${V} label=${a(12)} name="name" required autocomplete="username"
autocapitalize="none"
spellcheck=${!1} />
<${V} label=${a(13)} name="password" type="password" required
autocomplete="current-password" />
<${B} error=${o} />
<button class="button primary wide"
disabled=${n}>${n?a(303):a(302)}</button>
</form>
`}function ad({actions:t}){let[e,n]=_(""),{busy:o,problem:s,submit:r}=K(async()=>{let i=e.match(/[?&]code=([^&\s]+)/)?.[1];if(i)return location.assign(`login?code=${i}`);try{await t.logInWithToken(e.trim())}catch{throw Object.assign(new Error(a(316)),{hint:a(317)})}});return l`
<details class="other-ways">
<summary>${a(312)}</summary>
<form class="stack" onSubmit=${r}>
<p class="muted"><${H} text=${a(313)} /></p>
<${V} label=${a(314)} name="token" required value=${e}
autocomplete="off" spellcheck=${!1} placeholder="…/login?code=…"
onInput=${i=>n(i.target.value)} />
<${B} error=${s} />
<button class="button wide" disabled=${o}>${a(315)}</button>
</form>
</details>
`}var Po={};Ee(Po,{actions:()=>yd,events:()=>_d,initial:()=>bd,roomOf:()=>ke,signals:()=>wd,statusOf:()=>xe});var Lo={};Ee(Lo,{actions:()=>ld,chat:()=>q,events:()=>ud,initial:()=>cd,merge:()=>$n,queuedCount:()=>ut,signals:()=>dd});var cd={chats:{},runs:{}},Ti={messages:[],pending:[],older:null,loading:!0,error:null,shown:{},members:null,presence:{},typing:{},target:null},Mi=50,ld={snapshot:(t,e)=>md(t,e),"chat.failed":(t,{roomId:e,error:n})=>q(t,e,()=>({loading:!1,error:n})),"chat.loading":(t,{roomId:e})=>q(t,e,()=>({loading:!0,error:null})),older:(t,{roomId:e,messages:n,next:o})=>q(t,e,s=>({messages:$n(n,s.messages),older:o??null})),shown:(t,{roomId:e,shown:n})=>q(t,e,o=>({shown:{...o.shown,...n}})),target:(t,{roomId:e,messageId:n})=>q(t,e,()=>({target:n})),pending:(t,{roomId:e,item:n})=>q(t,e,o=>({pending:[...o.pending,n]})),"pending.failed":(t,{roomId:e,id:n,error:o})=>q(t,e,s=>({pending:s.pending.map(r=>r.id===n?{...r,error:o}:r)})),"pending.done":(t,{roomId:e,id:n})=>q(t,e,o=>({pending:o.pending.filter(s=>s.id!==n)})),"pending.accepted":(t,{roomId:e,id:n,seq:o})=>gd(t,e,n,o),"pending.moved":(t,{from:e,roomId:n,id:o})=>$d(t,e,n,o),run:(t,{run:e})=>Do(t,e)},ud={"message.created":(t,e)=>Hn(Ro(t,e),e),"message.updated":(t,e)=>Ro(t,e),"message.deleted":(t,e)=>Ro(t,e),"feedback.set":(t,e)=>fd(t,e),"run.started":(t,e)=>Do(t,e),"run.step":(t,e)=>Do(t,e),"run.completed":(t,e)=>lt(t,e),"run.failed":(t,e)=>lt(t,e),"run.cancelled":(t,e)=>lt(t,e),"run.interrupted":(t,e)=>lt(t,e),"room.deleted":(t,{room_id:e})=>hd(t,e)};function q(t,e,n){let o=t.chats[e]??Ti;return{...t,chats:{...t.chats,[e]:{...o,...n(o)}}}}var ut=({chats:t})=>Object.values(t).flatMap(e=>e.pending).filter(e=>!e.error&&!e.accepted).length,dd={unsaved:(t,{data:e})=>{let n=t.runs[e.run_id];return n?{...t,runs:{...t.runs,[e.run_id]:{...n,unsaved:e}}}:t}};function md(t,{room_id:e,room:n,messages:o,members:s,presence:r,active_runs:i}){let c=o[0]?.seq,u=q(t,e,f=>{let p=f.messages.some(g=>g.seq>=c)||o.length<Mi?f.messages.filter(g=>g.seq<c):[],$=p.length?f.older:o.length>=Mi?c:null;return{messages:$n(p,o),pending:f.pending.filter(g=>!g.accepted),older:$,loading:!1,error:null,members:s??n?.members??f.members,presence:r??{},typing:{}}}),d=Object.entries(t.runs).filter(([,f])=>f.room_id!==e),m=Object.fromEntries(d);for(let f of i){let h=t.runs[f.run_id];m[f.run_id]={steps:[],...h,...Ai(f),room_id:e,status:"running"}}return{...u,runs:m}}function $n(t,e){return[...new Map([...t,...e].map(o=>[o.message_id,o])).values()].sort((o,s)=>o.seq-s.seq)}function Ro(t,e){return q(t,e.room_id,n=>{let o=n.messages.find(u=>u.message_id===e.message_id);if(!o&&n.older!==null&&e.seq<n.older)return{};let r=e.author.id===t.user?.id&&!o?n.pending.findIndex(u=>!u.error&&u.text===e.text):-1,i={...n.shown};!o&&e.author.kind==="assistant"&&delete i[e.parent_id],!o&&e.edits&&delete i[e.edits];let c=o?.detail&&!e.deleted_at?{detail:o.detail}:{};return{messages:$n(n.messages,[{...e,...c}]),pending:r<0?n.pending:n.pending.filter((u,d)=>d!==r),shown:i,members:pd(n.members,e.author.id,e.seq)}})}var pd=(t,e,n)=>t?.map(o=>o.id===e&&(o.read_seq??0)<n?{...o,read_seq:n}:o)??null;function fd(t,{message_id:e,room_id:n,user_id:o,value:s,comment:r}){return q(t,n,i=>({messages:i.messages.map(c=>{if(c.message_id!==e)return c;let{[o]:u,...d}=c.feedback??{};return s&&(d[o]={value:s,...r&&{comment:r}}),{...c,feedback:d}})}))}function Do(t,e){if(e.status!=="running")return lt(t,e);let n={...t.runs[e.run_id],...Ai(e)};return{...t,runs:{...t.runs,[e.run_id]:n}}}var Ai=({parts:t,...e})=>e;function lt(t,e){let n={...t.runs};delete n[e.run_id];let o={steps:e.steps,parts:e.parts,usage:e.usage,timings:e.timings};return{...q(t,e.room_id,r=>({messages:r.messages.map(i=>i.message_id===e.message_id?{...i,detail:o}:i)})),runs:n}}function hd(t,e){let n=t.rooms?.filter(i=>i.room_id!==e)??null,o=Object.fromEntries(Object.entries(t.runs).filter(([,i])=>i.room_id!==e)),s={...Ti,loading:!1,error:{kind:"not_found"}},r=t.panel?.kind==="members"&&t.roomId===e?null:t.panel;return{...t,rooms:n,runs:o,panel:r,chats:{...t.chats,[e]:s}}}function $d(t,e,n,o){let s=t.chats[e].pending.find(i=>i.id===o),r=q(t,e,i=>({pending:i.pending.filter(c=>c!==s)}));return q(r,n,i=>({pending:[...i.pending,s],loading:!1}))}function gd(t,e,n,o){return q(t,e,({pending:s,messages:r})=>{let i=s.find(u=>u.id===n);return r.some(u=>i&&u.seq>=o-2&&u.text===i.text)?{pending:s.filter(u=>u!==i)}:{pending:s.map(u=>u===i?{...u,accepted:!0}:u)}})}var bd={directory:null,invitations:null,keys:{}},yd={directory:(t,{users:e})=>({...t,directory:e.map(Oi)}),"directory.put":(t,{user:e})=>({...t,directory:t.directory&&gn("id",t.directory,Oi(e))}),"directory.removed":(t,{userId:e})=>({...t,directory:t.directory?.filter(n=>n.id!==e)??null}),invitations:(t,{invitations:e})=>({...t,invitations:e}),"invitation.put":(t,{invitation:e})=>({...t,invitations:t.invitations&&gn("invitation_id",t.invitations,e)}),"invitation.removed":(t,{id:e})=>({...t,invitations:t.invitations?.filter(n=>n.invitation_id!==e)??null}),keys:(t,{userId:e,keys:n})=>({...t,keys:{...t.keys,[e]:n}}),"key.put":(t,{key:e})=>Di(t,e.user_id,n=>gn("key_id",n,e)),"key.removed":(t,{userId:e,keyId:n})=>Di(t,e,o=>o.filter(s=>s.key_id!==n)),"typing.expired":(t,{roomId:e,userId:n})=>Li(t,e,n)},_d={"member.joined":(t,e,{stream:n})=>Ri(t,e,n),"member.changed":(t,e,{stream:n})=>Ri(t,e,n),"member.left":(t,{id:e},{stream:n})=>q(t,ke(n),o=>{let{[e]:s,...r}=o.presence;return{members:o.members?.filter(i=>i.id!==e)??null,presence:r}})},wd={presence:(t,{stream:e,data:n})=>q(t,ke(e),o=>{let s={...o.presence,...n.joined};for(let r of n.left)delete s[r];return{presence:s}}),typing:(t,{stream:e,data:{user:n,typing:o}})=>n.id===t.user?.id?t:o?q(t,ke(e),s=>({typing:{...s.typing,[n.id]:n.name}})):Li(t,ke(e),n.id)},ke=t=>t.slice(5),xe=(t,e)=>t?.[e]?.status??"offline",Oi=t=>({status:"active",...t});function Li(t,e,n){return t.chats[e]?.typing[n]?q(t,e,({typing:{[n]:o,...s}})=>({typing:s})):t}function Ri(t,e,n){return q(t,ke(n),o=>({members:gn("id",o.members??[],e)}))}var Di=(t,e,n)=>({...t,keys:{...t.keys,[e]:n(t.keys[e]??[])}});function gn(t,e,n){return e.some(s=>s[t]===n[t])?e.map(s=>s[t]===n[t]?n:s):[...e,n]}function Pi({state:t,actions:e}){let{rooms:n,roomId:o,view:s,visible:r,drafts:i}=t;if(!n)return l`<p class="sidebar-empty">${a(86)}</p>`;if(!n.length)return l`<p class="sidebar-empty">${!t.user||J(t.user)?a(87):a(88)}</p>`;let c=s.name==="chat"?o:null,u=n.some(d=>d.room_id===c)?c:n[0].room_id;return l`
<nav class="rooms" aria-label=${a(85)}>
<ul onKeyDown=${d=>_e(d,".room-link")}>
${n.map(d=>l`<${vd} key=${d.room_id} room=${d}
open=${d.room_id===c} seen=${r} first=${d.room_id===u}
draft=${d.room_id!==c&&!!i[d.room_id]?.text}
actions=${e} />`)}
</ul>
</nav>
`}function vd({actions:t,...e}){let{room:n,open:o,seen:s,first:r,draft:i}=e;return re(()=>l`<${kd} ...${e} actions=${t} />`,[n,o,s,r,i])}function kd({room:t,open:e,seen:n,first:o,draft:s,actions:r}){let{room_id:i,name:c,unread:u}=t,d=z(t),m=Io(t,r),f=$=>{let g={F2:m.rename,Delete:m.remove??m.leave}[$.key];g&&($.preventDefault(),g())},h=o?0:-1,p=u>0&&!(e&&n);return l`
<li class="room" data-open=${e} data-unread=${p}>
<a class="room-link" href=${oe(i)} tabindex=${h} aria-current=${e?"page":null}
title=${c} onKeyDown=${f} onClick=${()=>r.openDrawer(!1)}>
${d&&l`<span class="room-kind"
title=${a(276,{count:t.members.length})}><${x}
name="people" size=${16} /><span
class="visually-hidden">${a(89)} </span></span>`}
<span class="room-name">${c||a(90)}</span>
${s&&l`<span class="room-draft"
title=${a(92)}><${x} name="pencil" size=${14} /><span
class="visually-hidden"> ${a(91)}</span></span>`}
${p&&l`<span class="unread"><span
aria-hidden="true">${u>99?a(94):u}</span><span
class="visually-hidden"> ${a(93,{count:u})}</span></span>`}
</a>
<span class="room-buttons"><${ce} label=${a(95,{name:c})} tabindex=${h}
items=${m.items} /></span>
</li>
`}function Io(t,e){let{room_id:n,name:o}=t,s=nt(t),r=s&&(()=>e.openDialog({kind:"prompt",title:a(96),label:a(12),value:o,verb:a(17),onConfirm:d=>e.renameRoom(n,d)})),i=s&&(()=>e.openDialog({title:a(97),text:z(t)?a(99,{name:o,count:t.members.length}):a(98,{name:o}),verb:a(6),onConfirm:()=>e.deleteRoom(n)})),c=z(t)&&(()=>e.openDialog({title:a(100),text:a(101,{name:o}),verb:a(10),onConfirm:()=>e.leaveRoom(n)})),u=[r&&{text:a(17),icon:"pencil",act:r},c&&{text:a(10),icon:"out",act:c},i&&{text:a(6),icon:"trash",danger:!0,act:i}];return{rename:r||void 0,remove:i||void 0,leave:c||void 0,items:u}}var Ii={online:0,away:1,offline:2},xd=20,Ni=()=>Ws.map(t=>({value:t,text:E(37,t)}));function qi({state:t,actions:e,modal:n}){let o=t.rooms?.find(u=>u.room_id===t.roomId);if(!o)return null;let s=t.chats[o.room_id],r=Sd(s?.members??o.members,s?.presence),i=nt(o),c=Io(o,e);return l`
<${ve} title=${a(275)} modal=${n} onClose=${()=>e.openPanel(null)}>
${i&&l`<${Cd} state=${t} room=${o} members=${r}
actions=${e} />`}
<h3 class="panel-title">${a(276,{count:r.length})}</h3>
<ul class="members" aria-label=${a(275)}>
${r.map(u=>l`<${Ed} key=${u.id} member=${u} room=${o}
me=${t.user?.id} status=${xe(s?.presence,u.id)} manages=${i}
actions=${e} />`)}
</ul>
<div class="panel-foot">
${c.rename&&l`<button type="button" class="button" onClick=${c.rename}><${x}
name="pencil" size=${16} /> ${a(17)}</button>`}
${c.leave&&l`<button type="button" class="button" onClick=${c.leave}><${x}
name="out" size=${16} /> ${a(10)}</button>`}
${c.remove&&l`<button type="button" class="button danger-text" 
onClick=${c.remove}><${x} name="trash" size=${16} /> ${a(6)}</button>`}
</div>
<//>
`}var Sd=(t,e)=>[...t].sort((n,o)=>Ii[xe(e,n.id)]-Ii[xe(e,o.id)]||n.name.localeCompare(o.name));function Ed({member:t,room:e,me:n,status:o,manages:s,actions:r}){let{id:i,name:c,role:u}=t,d=i===n,m=()=>r.openDialog({title:a(280,{name:c}),text:a(281,{name:c}),verb:a(16),onConfirm:()=>r.removeMember(e.room_id,i)});return l`
<li class="member" data-user=${c}>
<${Z} id=${i} name=${c} status=${o} />
<span class="member-text"><span class="member-name" title=${c}>${c}${d&&l` <span
class="muted">${a(22)}</span>`}</span>
<span class="muted">${E(277,o)}</span></span>
${s?l`<${G} quiet label=${a(36,{name:c})} value=${u} options=${Ni()}
onPick=${f=>r.changeRole(e.room_id,i,f)} />`:l`<span class="muted">${E(37,u)}</span>`}
${s&&!d&&l`<${ce} label=${a(278,{name:c})}
items=${[{text:a(279),icon:"trash",danger:!0,act:m}]} />`}
</li>
`}function Cd({state:t,room:e,members:n,actions:o}){let[s,r]=_(""),[i,c]=_("member"),u=Ks(t.user);O(()=>{u&&o.loadDirectory().catch(o.showError)},[u]);let d=new Set(n.map(g=>g.id)),m=s.trim().toLowerCase(),f=(t.directory??[]).filter(g=>!d.has(g.id)&&g.status==="active"),h=f.filter(g=>g.name.toLowerCase().includes(m)),p=g=>{r(""),o.addMember(e.room_id,g.id,i)},$=m||f.length<=5;return l`
<section class="invite" aria-label=${a(282)}>
${u&&l`<div class="invite-row">
<label class="field grow"><span>${a(283)}</span>
<input type="search" value=${s} placeholder=${a(12)} autocomplete="off"
onInput=${g=>r(g.target.value)} /></label>
<${G} label=${a(284)} value=${i} options=${Ni()} onPick=${c} />
</div>
${$&&l`<ul class="members found" aria-label=${a(285)}>
${h.slice(0,xd).map(g=>l`<li class="member" key=${g.id}>
<${Z} id=${g.id} name=${g.name} />
<span class="member-text member-name">${g.name}</span>
<button type="button" class="button"
aria-label=${a(286,{name:g.name})}
onClick=${()=>p(g)}><${x} name="plus"
size=${16} /> ${a(0)}</button>
</li>`)}
</ul>`}
${t.directory&&m&&!h.length&&l`<p class="muted" role="status">${a(287)}</p>`}`}
${Xn(t.user)&&l`<button type="button" class="button"
onClick=${()=>o.openDialog({kind:"room-link",room:e})}><${x} name="link"
size=${16}
/> ${a(375)}</button>`}
</section>
`}var Md=t=>t.normalize("NFD").replace(/\p{M}/gu,"").toLowerCase(),Ui=t=>Md(t).match(/[\p{L}\p{N}]+/gu)??[];function No(t,e,n){let o=Ui(t);return o.length?e.map(s=>({item:s,errors:Td(o,Ui(n(s)))})).filter(({errors:s})=>s<1/0).sort((s,r)=>s.errors-r.errors).slice(0,5).map(({item:s})=>s):[]}function Td(t,e){let n=0;for(let o of t){let s=Math.min(2,Math.floor(o.length/4));n+=Math.min(...e.map(r=>Ad(o,r,s)),1/0)}return n}function Ad(t,e,n){if(e.startsWith(t))return 0;if(!n)return 1/0;let o=Math.min(...Od(t,e.slice(0,t.length+n)));return o<=n?o:1/0}function Od(t,e){let n=[],o=Array.from({length:e.length+1},(s,r)=>r);for(let s=1;s<=t.length;s++){let r=[s];for(let i=1;i<=e.length;i++){let c=t[s-1]===e[i-1]?0:1;r[i]=Math.min(o[i]+1,r[i-1]+1,o[i-1]+c);let u=t[s-1]===e[i-2]&&t[s-2]===e[i-1];s>1&&i>1&&u&&(r[i]=Math.min(r[i],n[i-2]+1))}[n,o]=[o,r]}return o}var Rd=/\*\*|__|`+|^#{1,6} |^> /gm;function qo(t,e,n=[]){let o=t.replace(Rd,"").replace(/\s+/g," ").trim(),s=Fi([e,...n].join(" ")).split(/[^\p{L}\p{N}]+/u).filter(Boolean),r=s.length?new RegExp(`(?<![\\p{L}\\p{N}])(?:${s.join("|")})`,"giu"):null,i=Fi(o),c=r&&i.length===o.length?[...i.matchAll(r)]:[],u=Math.max(0,(c[0]?.index??0)-60),d=u===0?0:o.indexOf(" ",u)+1||u,m=Math.min(o.length,d+240),f=[],h=($,g)=>$&&f.push({text:$,hit:g}),p=d;for(let{index:$,0:{length:g}}of c)$<p||$+g>m||(h(o.slice(p,$),!1),h(o.slice($,$+g),!0),p=$+g);return h(o.slice(p,m),!1),d>0&&f.unshift({text:"…",hit:!1}),m<o.length&&f.push({text:"…",hit:!1}),f}var Fi=t=>t.normalize("NFD").replace(/\p{M}/gu,"").toLowerCase();var Bi=".name-result, .result";function ji({state:t,actions:e}){let{search:n,rooms:o,roomId:s}=t,r=M(),i=e.closeSearch,c=o?.find(d=>d.room_id===s),u=d=>{let m=r.current.querySelector(Bi);d.key==="ArrowDown"&&d.target.matches("[role=searchbox]")&&m?(d.preventDefault(),m.focus()):_e(d,Bi)};return l`
<${Y} label=${a(288)} className="search" onClose=${i}>
<div ref=${r} onKeyDown=${u}>
<div class="search-head">
<${x} name="search" />
<input role="searchbox" enterkeyhint="search" data-focus value=${n.query}
placeholder=${a(289)}
aria-label=${a(289)} autocomplete="off" spellcheck=${!1}
onInput=${d=>e.search(d.target.value,n.roomId)} />
<button type="button" class="icon-button" aria-label=${a(2)}
onClick=${i}><${x}
name="close" /></button>
</div>
${c&&l`<label class="check"><input type="checkbox" checked=${n.roomId===s}
onChange=${d=>e.search(n.query,d.target.checked?s:null)} />
${a(291,{room:c.name})}</label>`}
<div class="search-results" onClickCapture=${Dd}>
${n.roomId===null&&l`<${Ld} state=${t} actions=${e} onPick=${i} />`}
<${Pd} search=${n} rooms=${o} onPick=${i} onMore=${e.searchMore} />
<${Id} search=${n} actions=${e} onPick=${i} />
</div>
</div>
<//>
`}function Dd(t){t.detail<2||(t.preventDefault(),t.stopPropagation())}function Ld({state:{search:t,rooms:e,documents:n},actions:o,onPick:s}){let{query:r}=t,i=(n??[]).filter(d=>d.status==="ready"),c=re(()=>({rooms:No(r,e??[],d=>d.name),documents:No(r,i,d=>`${d.title} ${d.name??""}`)}),[r,e,n]),u=d=>{s(),o.openPanel({kind:"source",document:d})};return l`
${c.rooms.length>0&&l`<h3 class="result-kind">${a(59)}</h3>
<ul class="results names" aria-label=${a(59)}>${c.rooms.map(d=>l`<li key=${d.room_id}><a class="name-result" href=${oe(d.room_id)}
onClick=${s}>${d.name}</a></li>`)}</ul>`}
${c.documents.length>0&&l`<h3 class="result-kind">${a(244)}</h3>
<ul class="results names" aria-label=${a(244)}>${c.documents.map(d=>l`<li key=${d.document_id}><button type="button" class="name-result"
onClick=${()=>u(d)}>${d.title}</button></li>`)}</ul>`}
${c.rooms.length+c.documents.length>0&&l`<h3 class="result-kind">${a(290)}</h3>`}
`}function Pd({search:t,rooms:e,onPick:n,onMore:o}){let{results:s,similar:r,next:i,busy:c,error:u,query:d}=t;if(u)return l`<p class="problem" role="alert">${R(u).message}</p>`;if(!d.trim()||s===null)return l`<p class="search-note muted"
role="status">${c?a(292):a(293)}</p>`;let m=s.length,f=i?a(295,{count:m}):a(294,{count:m}),h=r.length?`${a(297)} ${f}`:f;return l`
<p class=${m&&!r.length?"visually-hidden":"search-note muted"}
role="status">${m?h:a(296,{query:d.trim()})}</p>
<ul class="results" aria-label=${a(299)}>
${s.map(p=>l`<li key=${p.message_id}>
<a class="result" href=${oe(p.room_id,p.message_id)} onClick=${n}>
<span class="result-head"><strong>${qd(p)}</strong>
<span class="muted">${Nd(e,p.room_id)}</span>
<time class="muted"
datetime=${p.created_at}>${ie(p.created_at)}</time></span>
<span class="result-text"><${zi}
pieces=${qo(p.text,d,r)} /></span>
</a></li>`)}
${i&&l`<li><button type="button" class="button wide"
onClick=${o}>${a(300)}</button></li>`}
</ul>
`}function Id({search:{passages:t,query:e},actions:n,onPick:o}){if(!t.length)return null;let s=({document_id:r,start:i,end:c})=>{o(),n.openSource({documentId:r,start:i,end:c})};return l`
<h3 class="result-kind">${a(298)}</h3>
<ul class="results" aria-label=${a(298)}>${t.map(r=>l`<li key=${`${r.document_id} ${r.start}`}><button type="button"
class="result" onClick=${()=>s(r)}>
<span class="result-head"><strong>${r.title}</strong>
<span class="muted">${ye(r)}</span></span>
<span class="result-text"><${zi}
pieces=${qo(r.text,e)} /></span>
</button></li>`)}</ul>
`}var zi=({pieces:t})=>t.map(e=>e.hit?l`<mark>${e.text}</mark>`:e.text),Nd=(t,e)=>t?.find(n=>n.room_id===e)?.name??"",qd=({author:t})=>t.kind==="assistant"?a(39):t.name;var Uo={};Ee(Uo,{actions:()=>Fd,events:()=>Bd,initial:()=>Ud,isActive:()=>Ie,tasksInOrder:()=>bn});var Ud={documents:null,tasks:{},uploads:[]},Fd={documents:(t,{documents:e})=>({...t,documents:e}),tasks:(t,{tasks:e})=>Hi({...t,tasks:{}},e),"upload.added":(t,{uploads:e})=>({...t,uploads:[...e,...t.uploads]}),"upload.changed":(t,{id:e,change:n})=>({...t,uploads:t.uploads.map(o=>o.id===e?{...o,...n}:o)}),"upload.removed":(t,{id:e})=>({...t,uploads:t.uploads.filter(n=>n.id!==e)})},Bd={"document.added":(t,e)=>Wi(t,e),"document.updated":(t,e)=>Wi(t,e),"document.removed":(t,{document_id:e})=>({...t,documents:t.documents?.filter(n=>n.document_id!==e)??null}),"task.updated":(t,e)=>Hi(t,[e])},jd=200,Ie=({status:t})=>t==="pending"||t==="running",bn=t=>Object.values(t).sort((e,n)=>Ie(n)-Ie(e)||(e.created_at<n.created_at?1:-1));function Hi(t,e){let n={...t.tasks};for(let o of e)n[o.task_id]=o;for(let{task_id:o}of bn(n).slice(jd))delete n[o];return{...t,tasks:n}}function Wi(t,e){let o=t.documents?.some(r=>r.document_id===e.document_id)?t.documents.map(r=>r.document_id===e.document_id?{...r,...e}:r):[e,...t.documents??[]],s=t.uploads.filter(r=>r.documentId!==e.document_id);return{...t,documents:o,uploads:s}}function Ki({connection:t,service:e,queued:n,onRetry:o}){let{status:s,transport:r,retryAt:i,error:c}=t,[u,d]=_(Date.now()),[m,f]=_(!0);O(()=>{f(!0);let $=setTimeout(()=>f(!1),700),b=s==="online"?null:setInterval(()=>d(Date.now()),500);return()=>{clearTimeout($),clearInterval(b)}},[s==="online"]);let h=s==="online"&&zd(e);if(h)return l`<div class="status-area" role="status">
<div class="status" data-status="limited"><span><span class="dot" aria-hidden="true"></span> ${h}</span></div>
</div>`;if(s==="online")return l`<${Wd} transport=${r} patient=${m} />`;if(m)return l`<div class="status-area" role="status"></div>`;let p=Math.max(0,Math.ceil(((i??0)-u)/1e3));return l`
<div class="status-area" role="status">
<div class="status" data-status=${s}>
<span><span class="dot" aria-hidden="true"></span> ${Hd(s,n,c)}</span>
${s==="reconnecting"&&l`<span class="muted"
aria-hidden="true">${p>0?a(78,{seconds:p}):a(79)}</span>`}
${s==="reconnecting"&&l`<button type="button" class="link"
onClick=${o}>${a(80)}</button>`}
${s==="failed"&&l`<button type="button" class="link"
onClick=${()=>location.reload()}>${a(15)}</button>`}
</div>
</div>
`}function zd({other_servers:t,database:e}){return e?t?"":a(82):a(81)}function Wd({transport:t,patient:e}){let[n,o]=_(!1);return l`<div class="status-area" role="status">${!e&&!n&&t&&t!=="websocket"&&l`<div class="status one-line" data-status="online">
<span><span class="dot" aria-hidden="true"></span> ${a(83)}${" "}
<span class="muted">${a(84)}</span></span>
<button type="button" class="icon-button small" aria-label=${a(7)}
onClick=${()=>o(!0)}><${x} name="close" size=${16} /></button>
</div>`}</div>`}function Hd(t,e,n){if(t==="reconnecting"&&n)return R(n).message;if(Yi(t))return a(74);let o=E(77,t);return o||(e?a(76,{count:e}):a(75))}function Gi({status:t,transport:e},n){return t==="online"?e==="websocket"?a(70):a(71):Yi(t)?a(74):n?a(73,{count:n}):a(72)}var Yi=t=>t==="connecting"||t==="idle";var Kd=/mac|iphone|ipad/i.test(navigator.platform)?"apple":"pc";function Vi({state:t,actions:e,modal:n}){let{documents:o}=t,s=t.user??{role:t.lastRole},r=()=>e.openDrawer(!1),i=M();T(()=>{if(!n)return;let m=document.activeElement;return i.current.querySelector("a, button")?.focus(),()=>document.activeElement===document.body&&m?.focus()},[n]);let c=()=>e.openPanel(t.panel?.kind==="documents"?null:{kind:"documents"}),u=()=>e.openPanel(t.panel?.kind==="tasks"?null:{kind:"tasks"}),d=Object.values(t.tasks).filter(Ie).length;return l`
<aside class="sidebar" ref=${i} aria-label=${a(59)} data-open=${n}>
<div class="sidebar-head">
<${le} />
<span class="brand">BasicChat</span>
${n&&l`<${X} icon="close" label=${a(60)} onClick=${r} />`}
</div>
${J(s)&&l`<a class="sidebar-action" href="#" onClick=${r}><${x}
name="plus" /> ${a(61)}</a>
<button type="button" class="sidebar-action" onClick=${()=>Gd(e)}><${x}
name="people" /> ${a(62)}</button>`}
<button type="button" class="sidebar-action" onClick=${()=>e.openSearch()}><${x}
name="search" /> ${a(63)} <kbd
class="count with-mouse">${E(64,Kd)}</kbd></button>
${Q(s)&&l`<button type="button" class="sidebar-action"
aria-expanded=${t.panel?.kind==="documents"} onClick=${c}>
<${x} name="files" /> ${a(244)}
${o?.length>0&&l`<span class="count">${o.length}</span>`}
</button>`}
${Q(s)&&l`<button type="button" class="sidebar-action"
aria-expanded=${t.panel?.kind==="tasks"} onClick=${u}>
<${x} name="list" /> ${a(269)}
${d>0&&l`<span class="count">${d}</span>`}
</button>`}
<h2 class="sidebar-title">${a(59)}</h2>
<${Pi} state=${t} actions=${e} />
<${Yd} state=${t} actions=${e} />
</aside>
`}function Gd(t){t.openDialog({kind:"prompt",title:a(62),text:a(68),label:a(12),value:"",verb:a(69),onConfirm:e=>t.createRoom(e).catch(t.showError)})}function Yd({state:t,actions:e}){let{connection:n,provider:o,user:s}=t,r=ut(t);return l`
<div class="sidebar-foot">
${s?l`<${Vd} user=${s} actions=${e} />`:l`<div class="person"></div>`}
<div class="foot-row">
<div class="foot-lines">
<span class="foot-line"><span class="dot" data-status=${n.status}
aria-hidden="true"></span>${Gi(n,r)}</span>
<span class="foot-line muted"
title=${o?.model}>${o?Jd(o):" "}</span>
</div>
<${Xd} />
</div>
</div>
`}function Vd({user:t,actions:e}){let n=s=>()=>{e.openDrawer(!1),location.hash=s},o=[{text:a(333),icon:"user",act:n(xs)},{text:a(432),icon:"link",act:n(Ss)},fe(t)&&{text:a(388),icon:"shield",act:n(Ut())},{text:a(344),icon:"out",act:()=>e.logOut().catch(e.showError)}];return l`<${ce} class="person" label=${a(65)} items=${o}>
<${Z} id=${t.id} name=${t.name} />
<span class="person-text"><span class="person-name">${t.name}</span>
<span class="muted">${E(34,t.role)}</span></span>
<span class="visually-hidden">${a(65)}</span>
<${x} name="more" size=${18} />
<//>`}function Xd(){let[t,e]=_(document.documentElement.dataset.theme),n=t==="dark"?"light":"dark",o=()=>{try{localStorage.setItem("basicchat.theme",n)}catch{}document.dispatchEvent(new Event("basicchat:theme")),document.documentElement.dataset.theme=n,e(n)};return l`<${X} icon=${t==="dark"?"sun":"moon"}
label=${E(66,n)} onClick=${o} />`}var Jd=({name:t})=>E(67,t)??t;var Xi=2e3,Fo=8e3;function Ji({state:t,panel:e,actions:n,modal:o}){let{citation:s,citations:r}=e,i=s?.document_id??e.document.document_id,c=s?.title??e.document.title,[u,d]=_(null),m=u===i&&l`<a class="icon-button"
href=${`api/documents/${encodeURIComponent(i)}/content`} download
aria-label=${a(230)} title=${a(230)}><${x} name="download"
/></a>`,f=()=>n.openPanel({kind:"documents"});return l`
<${ve} title=${c} modal=${o} tools=${m}
onClose=${()=>n.openPanel(s?null:{kind:"documents"})}>
${s&&l`<${Qd} citations=${r} current=${s}
onPick=${h=>n.openPanel({...e,citation:h})} />`}
${!s&&l`<button type="button" class="link back" onClick=${f}><${x}
name="left" size=${16} /> ${a(231)}</button>`}
<${tm} key=${`${i}:${s?.start}`} id=${i} citation=${s} state=${t}
runId=${e.runId} actions=${n} onRead=${()=>d(i)} />
<//>
`}function Qd({citations:t,current:e,onPick:n}){return l`
<div class="switch" role="group" aria-label=${a(232)}>
<span class="switch-place">${ye(e)||a(233)}</span>
${t.length>1&&t.map(o=>l`<button key=${`${o.n}:${o.start}`} type="button"
class="cite" aria-pressed=${o===e}
aria-label=${a(234,{n:o.n,title:o.title})}
onClick=${()=>n(o)}>${o.n}</button>`)}
</div>
`}function Zd({problem:t,quote:e}){let{message:n,hint:o}=R(t);return l`
<p class="problem" role="alert">${n} ${o}</p>
${e&&l`<blockquote
class="quote">${e}<footer>${a(240)}</footer></blockquote>`}
`}async function em(t,e,{user:n,chats:o,roomId:s},r){if(t.kind!=="not_found")return t;let i=e&&(await r.readRun(e).catch(()=>null))?.user_id;if(!i||i===n?.id)return{message:a(235),hint:a(236)};let c=o[s]?.members?.find(d=>d.id===i),u=c?a(238,{name:c.name}):a(239);return{message:a(237),hint:u}}function tm({id:t,citation:e,runId:n,state:o,actions:s,onRead:r}){let[i,c]=_(()=>({start:Math.max(0,(e?.start??0)-Xi),end:(e?.end??Fo)+Xi})),[u,d]=_(null),[m,f]=_(null),h=M();if(O(()=>{let k=!1,D=v=>{k||(d(v),r())},w=v=>!k&&f(v);return s.readDocument(t,i.start,i.end).then(D,v=>em(v,n,o,s).then(w)),()=>k=!0},[i]),T(()=>{h.current&&an(h.current.closest(".panel-body"),h.current)},[u===null]),m)return l`<${Zd} problem=${m} quote=${e?.quote} />`;if(!u)return l`<p class="waiting">${a(241)}</p>`;let{text:p,text_start:$,text_end:g}=u,[b,y,S]=e?xr(p,$,e.start,e.end):[p,"",""],A=g<(u.characters??0);return l`
${$>0&&l`<button type="button" class="button older"
onClick=${()=>c({start:Math.max(0,$-Fo),end:g})}>${a(242)}</button>`}
<div
class="source-text">${b}${y&&l`<mark ref=${h} tabindex="-1">${y}</mark>`}${S}</div>
${A&&l`<button type="button" class="button older"
onClick=${()=>c({start:$,end:g+Fo})}>${a(243)}</button>`}
`}function Qi({state:t,actions:e,modal:n}){let o=bn(t.tasks);return l`
<${ve} title=${a(269)} modal=${n} onClose=${()=>e.openPanel(null)}>
${!o.length&&l`<p class="panel-empty">${a(270)}</p>`}
<ul class="documents" aria-label=${a(269)}>
${o.map(s=>l`<${nm} key=${s.task_id} task=${s} subject=${om(s,t)}
actions=${e} />`)}
</ul>
<//>
`}function nm({task:t,subject:e,actions:n}){let{task_id:o,kind:s,status:r,progress:i,message:c,error:u,created_at:d}=t,m=Ie(t),f=e.name||E(271,s)||s,h=[e.name&&(E(271,s)??s),r==="running"&&c?c:E(272,r),ie(d)];return l`
<li class="document task" data-status=${r}>
<div class="document-main">
${e.href?l`<a class="document-title" href=${e.href} title=${f}>${f}</a>`:l`<span class="document-title" title=${f}>${f}</span>`}
<span class="muted">${W(h)}</span>
${u&&l`<p class="problem"><${H} text=${u} /></p>`}
${m&&l`<progress class="progress" max="1" value=${r==="pending"?null:i}
aria-label=${a(273,{name:f})}></progress>`}
</div>
${m&&l`<button type="button" class="icon-button small"
aria-label=${a(274,{name:f})} title=${a(20)}
onClick=${()=>n.cancelTask(o)}><${x} name="stop" size=${16} /></button>`}
</li>
`}function om({task_id:t,result:e},{documents:n,runs:o,rooms:s}){let r=n?.find(d=>d.task_id===t);if(r)return{name:r.title};let c=Object.values(o).find(d=>d.task_id===t)?.room_id??e?.room_id,u=s?.find(d=>d.room_id===c);return u?{name:u.name,href:oe(c,e?.message_id)}:{}}function Zi({notice:t,onClose:e}){O(()=>{if(!t||t.error)return;let o=setTimeout(e,4e3);return()=>clearTimeout(o)},[t]);let n=t?.error?R(t.error):t&&{message:t.text};return l`
<div class="notice-area" role="status">
${n&&l`<div class=${`notice ${t.error?"bad":""}`}>
${t.error&&l`<${x} name="alert" size=${18} />`}
<p>${t.notLoaded&&E(49,t.notLoaded)} ${n.message} ${n.hint}</p>
<button type="button" class="icon-button" aria-label=${a(7)}
onClick=${e}><${x}
name="close" size=${18} /></button>
</div>`}
</div>
`}var sm=4;function ea({state:t,actions:e,drawer:n}){let{view:o,panel:s,roomId:r,user:i}=t,c=o.name==="chat"?t.rooms?.find(m=>m.room_id===r):null,u=E(54,o.name)??c?.name??(r?"":null)??(!i||J(i)?a(61):"BasicChat"),d=m=>()=>e.openPanel(s?.kind===m?null:{kind:m});return l`
<header class="topbar" data-plain=${!c&&!(o.name==="chat"&&r)}>
<${X} icon="menu" label=${a(55)} class="icon-button narrow"
aria-expanded=${n} onClick=${()=>e.openDrawer(!0)} />
<span class="topbar-title">${u}</span>
${c&&l`<${rm} room=${c} chat=${t.chats[r]}
open=${s?.kind==="members"} onClick=${d("members")} />
<${X} icon="search" label=${a(56)}
class="icon-button wide-only" onClick=${()=>e.openSearch(r)} />`}
${Q(i)&&l`<${X} icon="files" label=${a(244)} class="icon-button narrow"
aria-expanded=${s?.kind==="documents"} onClick=${d("documents")} />`}
</header>
`}function rm({room:t,chat:e,open:n,onClick:o}){if(!z(t))return l`<button type="button" class="members-button" aria-expanded=${n}
onClick=${o}><${x} name="people" size=${18} /> <span
class="wide-only">${a(57)}</span><span
class="visually-hidden narrow">${a(282)}</span></button>`;let s=e?.members??t.members,r=s.filter(c=>xe(e?.presence,c.id)!=="offline"),i=[...r,...s.filter(c=>!r.includes(c))].slice(0,sm);return l`<button type="button" class="members-button" aria-expanded=${n}
title=${a(275)}
onClick=${o}>
<span class="visually-hidden">${a(58,{count:s.length,here:r.length})}</span>
<span class="faces wide-only">${i.map(c=>l`<${Z} key=${c.id} id=${c.id} name=${c.name} size="small"
status=${xe(e?.presence,c.id)} />`)}</span>
<${x} name="people" size=${18} /> <span aria-hidden="true">${s.length}</span>
</button>`}var im=2,ta=500;function am({name:t,size:e},{suffixes:n,limit:o}){let s=t.toLowerCase().match(/\.[^.]+$/)?.[0]??"";return n&&!n.includes(s)?s?a(263,{suffix:s}):a(264):e===0?a(265):o&&e>o?a(266,{size:De(e),limit:De(o)}):null}function na(t,e){let{dispatch:n,get:o}=t,s=[],r=0;function i(f){let{suffixes:h,limits:p}=o(),$={suffixes:h,limit:p.max_upload_bytes},b=[...f].slice(0,ta).map(y=>{let S=am(y,$);return{id:te(),file:y,name:y.name,size:y.size,progress:0,status:S?"failed":"waiting",error:S}});n({type:"upload.added",uploads:b}),s.push(...b.filter(y=>!y.error)),c()}function c(){for(;r<im&&s.length;)r++,d(s.shift()).finally(()=>{r--,c()})}let u=(f,h)=>n({type:"upload.changed",id:f,change:h});async function d({id:f,file:h}){u(f,{status:"uploading"});try{let p=await m(h,g=>u(f,{progress:g})),$=o().documents?.some(g=>g.document_id===p.document_id);p.duplicate?u(f,{status:"duplicate",documentId:p.document_id}):$?n({type:"upload.removed",id:f}):u(f,{status:"accepted",documentId:p.document_id})}catch(p){u(f,{status:"failed",error:p.message,again:!0})}}function m(f,h){return new Promise((p,$)=>{let g=new XMLHttpRequest;g.open("POST","api/documents"),g.setRequestHeader("X-BasicChat","1");for(let[y,S]of Object.entries(e.authorization()))g.setRequestHeader(y,S);g.upload.onprogress=({loaded:y,total:S})=>h(S?y/S:0),g.onload=()=>cm(g,p,$),g.onerror=()=>$(new Error(a(267)));let b=new FormData;b.append("file",f),g.send(b)})}return{add:i,dismiss:f=>n({type:"upload.removed",id:f}),again:({id:f,file:h})=>{n({type:"upload.removed",id:f}),i([h])}}}function cm(t,e,n){let o={};try{o=JSON.parse(t.responseText)}catch{}if(t.status<300)return e(o);let s=o.error??o,r=a(268,{status:String(t.status)}),{message:i,hint:c}=R({message:r,...s,...s.data});n(new Error([i,c].filter(Boolean).join(" ")))}async function oa(t){let e=[...t.items].map(o=>o.webkitGetAsEntry?.()).filter(Boolean);if(!e.some(o=>o.isDirectory))return[...t.files];let n=[];for(let o of e)await sa(o,n);return n}async function sa(t,e){if(e.length>=ta||t.name.startsWith("."))return;if(t.isFile){let o=await new Promise((s,r)=>t.file(s,r));return e.push(o)}let n=t.createReader();for(;;){let o=await new Promise((s,r)=>n.readEntries(s,r));if(!o.length)return;for(let s of o)await sa(s,e)}}function Bo(t){let[e,n]=_(()=>matchMedia(t).matches);return O(()=>{let o=matchMedia(t),s=()=>n(o.matches);return o.addEventListener("change",s),()=>o.removeEventListener("change",s)},[t]),e}function ra({panel:t,runs:e,roomId:n,rooms:o,locked:s},r,i){let d=(o?.find(m=>m.room_id===n)?.members?.length??1)<2&&Object.values(e).find(m=>m.room_id===n);T(()=>{let m=f=>{if(!(s||f.defaultPrevented||document.querySelector("dialog[open]"))){if((f.ctrlKey||f.metaKey)&&f.key.toLowerCase()==="k")return f.preventDefault(),r.openSearch();f.key==="Escape"&&(i?r.openDrawer(!1):t?r.openPanel(null):d&&r.stopRun(d.run_id))}};return addEventListener("keydown",m),()=>removeEventListener("keydown",m)},[t,i,d?.run_id,s])}function ia(t,e,n){O(()=>{if(!n)return;let o=s=>{let{files:r,types:i}=s.clipboardData;!r.length||i.includes("text/plain")||(s.preventDefault(),t.openPanel({kind:"documents"}),e.add(r))};return addEventListener("paste",o),()=>removeEventListener("paste",o)},[n])}function aa(t,e,n){let[o,s]=_(!1);return O(()=>{if(!n)return;let r=0,i=d=>d.dataTransfer?.types.includes("Files"),u=Object.entries({dragenter:()=>s(++r>0),dragleave:()=>s(--r>0),dragover:()=>{},drop:async d=>{r=0,s(!1),t.openPanel({kind:"documents"}),e.add(await oa(d.dataTransfer))}}).map(([d,m])=>{let f=h=>{i(h)&&(h.preventDefault(),m(h))};return addEventListener(d,f),[d,f]});return()=>u.forEach(([d,m])=>removeEventListener(d,m))},[n]),o}var lm=["pointerdown","pointermove","keydown","wheel","touchstart"];function ca(t,e){let n="online",o=null,s=()=>document.visibilityState==="visible";function r(d){d===n||e.state.status!=="online"||(n=d,e.call("presence.set",{status:d}).catch(()=>n=null))}function i(d){clearTimeout(o),o=setTimeout(()=>r("away"),d)}function c(){s()&&(r("online"),i(3e5))}function u(){t.dispatch({type:"visible",visible:s()}),s()?c():i(3e3)}for(let d of lm)addEventListener(d,c,{passive:!0});document.addEventListener("visibilitychange",u),e.on("state",({status:d})=>{d==="online"&&(n="online",s()||i(3e3))}),u()}var um=200,dm=100,mm=6*36e5,pm=/^run\.(completed|failed|cancelled|interrupted)$/,fm=8e3;function la(t,{onOnline:e}){let n=new Je({url:new URL(".",location.href).href,name:"web"}),o=zr(n),{dispatch:s,receive:r}=t,i=!0;function c({run:k}){o.grow(k),t.get().runs[k]||d(k)}let u=new Set;async function d(k){if(!u.has(k)){u.add(k);try{s({type:"run",run:await n.call("runs.get",{run_id:k})})}catch{}finally{u.delete(k)}}}async function m(){let{rooms:k,drafts:D={},next:w}=await n.call("rooms.list");for(let v=w;v;){let C=await n.call("rooms.list",{after:v});k.push(...C.rooms),v=C.next}s({type:"rooms",rooms:k}),s({type:"drafts.loaded",drafts:D})}async function f(){let[{suffixes:k},D]=await Promise.all([n.call("documents.formats"),h()]);s({type:"suffixes",suffixes:k}),s({type:"documents",documents:D})}async function h(){let k=[];for(let D;;){let w=await n.call("documents.list",{limit:um,...D&&{after:D}});if(k=k.concat(w.documents),D=w.next,!D)return k}}async function p(){s({type:"tasks",...await n.call("tasks.list",{limit:dm})})}async function $(){let[k,{modes:D}]=await Promise.all([n.call("models.list"),n.call("modes.list")]);s({type:"catalogue",models:k.models,provider:k.provider??null,modes:D})}async function g(){let k={"X-BasicChat":"1",...n.authorization()};try{await fetch("api/renew",{method:"POST",headers:k})}catch{}setTimeout(g,mm)}let b=(k,D)=>D().catch(w=>s({type:"notice",notice:{error:w,notLoaded:k}}));function y(){b("rooms",m),Q(t.get().user)&&b("documents",f),Q(t.get().user)&&b("tasks",p),b("models",$)}n.on("state",k=>{s({type:"connection",state:k}),k.status==="online"&&(s({type:"limits",limits:n.limits}),Te("basicchat.role",k.user.role??"member"),i?(y(),g()):b("models",$),i=!1,e())}),n.on("stale",({stream:k})=>{k.startsWith("user:")&&y()}),n.on("snapshot",k=>{r({type:"snapshot",...k}),"draft"in k&&r({type:"draft.loaded",roomId:k.room_id,text:k.draft});for(let D of k.active_runs)D.message_id||d(D.run_id)}),n.on("event",k=>{(pm.test(k.type)?s:r)({type:"event",event:k})}),n.on("delta",c),n.on("signal",k=>{r({type:"signal",signal:k}),k.type==="typing"&&A(ke(k.stream),k.data)});let S=new Map;function A(k,{user:D,typing:w}){let v=`${k} ${D.id}`;if(clearTimeout(S.get(v)),S.delete(v),!w)return;let C=()=>{S.delete(v),s({type:"typing.expired",roomId:k,userId:D.id})};S.set(v,setTimeout(C,fm))}return{client:n,liveTexts:o}}var jo={};Ee(jo,{actions:()=>gm,initial:()=>hm});var hm={search:null},$m={query:"",roomId:null,results:null,similar:[],passages:[],next:null,busy:!1,error:null},gm={"search.open":(t,{roomId:e=null})=>({...t,search:{...$m,roomId:e},drawer:!1}),"search.close":t=>({...t,search:null}),"search.started":(t,{query:e,roomId:n})=>dt(t,{query:e,roomId:n,busy:!!e.trim(),error:null}),"search.found":(t,{query:e,roomId:n,messages:o,next:s=null,similar:r=[]})=>yn(t,e,n)?dt(t,{results:o,next:s,similar:r,busy:!1}):t,"search.passages":(t,{query:e,roomId:n,hits:o})=>yn(t,e,n)?dt(t,{passages:o}):t,"search.more":(t,{query:e,roomId:n,before:o,messages:s,next:r=null})=>yn(t,e,n)&&t.search.next===o?dt(t,{results:[...t.search.results,...s],next:r}):t,"search.failed":(t,{query:e,roomId:n,error:o})=>yn(t,e,n)?dt(t,{error:o,busy:!1}):t},yn=({search:t},e,n)=>t!==null&&t.query===e&&t.roomId===n,dt=(t,e)=>t.search?{...t,search:{...t.search,...e}}:t;var _n=[Gn,Kn,Lo,Uo,Yn,Po,jo],wn=Object.assign({},..._n.map(t=>t.initial)),bm={...Object.assign({},..._n.map(t=>t.actions)),event:(t,{event:e})=>ua(t,ym[e.type],e.data,e),signal:(t,{signal:e})=>ua(t,_m[e.type],e)},ym=Object.assign({},..._n.map(t=>t.events)),_m=Object.assign({},..._n.map(t=>t.signals)),ua=(t,e,...n)=>e?.(t,...n)??t;function da(t,e){return bm[e.type](t,e)}function ma(t,e){let n=e,o=e,s=new Set;function r(){if(n!==o){o=n;for(let c of s)c(n)}}let i=Dn(r);return{get:()=>n,dispatch(c){n=t(n,c),r()},receive(c){n=t(n,c),i()},subscribe(c){return s.add(c),()=>s.delete(c)}}}var pa="2000-01-01T00:00:00Z",wm=`A *text*.

- a
- b

\`\`\`
code
\`\`\`

|a|
|-|
|b|`,vm={message_id:"q",seq:1,author:{kind:"user",id:"u",name:"U"},text:"?",created_at:pa},km={message_id:"a",parent_id:"q",run_id:"r",seq:2,author:{kind:"assistant",id:"assistant",name:""},text:wm,model:"m",detail:{usage:{output_tokens:2},timings:{total_ms:2e3}},created_at:pa},xm={messages:[vm,km],pending:[],shown:{}},Sm={room_id:"r",role:"owner",name:""};function fa(t,e){let n=document.createElement("div");ze(l`<${hn} state=${{...t,roomId:"r"}} chat=${xm} room=${Sm} runs=${[]}
actions=${e} />`,n),ze(null,n),performance.mark("warmed-up")}var Se=ma(da,{...wn,chosen:{...wn.chosen,...Me("basicchat.chosen",{})},lastRole:Me("basicchat.role",wn.lastRole)}),{client:mt,liveTexts:Em}=la(Se,{onOnline:()=>j.saveDrafts()}),j=Vs(Se,mt),vn=na(Se,mt);mt.on("restored",j.trackRestored);var Cm=1500,Mm="BasicChat",Tm={documents:Si,tasks:Qi,source:Ji,members:qi},Am={account:Ar,admin:Dr,connect:fi};function Om(){let[t,e]=_(Se.get());T(()=>Se.subscribe(e),[]);let n=Bo("(max-width: 760px)"),o=Bo("(max-width: 1080px)"),s=!t.locked&&Q(t.user),r=aa(j,vn,s);ia(j,vn,s);let i=n&&t.drawer,c=o&&t.panel!==null;if(Dm(t),ra(t,j,i),t.locked)return l`<${Ci} state=${t} actions=${j} />`;let u=Am[t.view.name]??mi;return l`
<a class="skip" href="#main" onClick=${Lm}>${a(52)}</a>
<div class="app" data-drawer=${i}>
<div class="side" inert=${n&&!i||c}>
<${Vi} state=${t} actions=${j} modal=${i} /></div>
${i&&l`<div class="scrim" onClick=${()=>j.openDrawer(!1)}></div>`}
<main id="main" class="main" tabindex="-1" inert=${i||c}>
<${ea} state=${t} actions=${j} drawer=${i} />
<${Ki} connection=${t.connection} service=${t.service} queued=${ut(t)}
onRetry=${j.reconnect} />
<${ct} key=${t.view.name} part="view"><${u} state=${t}
actions=${j}
uploads=${vn} /><//>
</main>
${Rm(t,c)}
</div>
${r&&l`<div class="drop-overlay"><div><${x} name="upload" size=${32}
/><p>${a(53)}</p></div></div>`}
${t.search&&l`<${ji} state=${t} actions=${j} />`}
${(t.dialog||t.invitation&&t.user)&&l`<${xi} state=${t} actions=${j} />`}
<${Zi} notice=${t.notice}
onClose=${()=>Se.dispatch({type:"notice",notice:null})} />
`}function Rm(t,e){let{panel:n}=t,o=Tm[n?.kind];return o&&l`<${o} key=${n.kind} state=${t} panel=${n} actions=${j}
uploads=${vn} modal=${e} />`}function Dm({rooms:t,roomId:e,view:n}){let o=n.name==="chat"&&t?.find(c=>c.room_id===e),s=Wn(t),r=o?a(50,{room:o.name}):Mm,i=s?a(51,{count:s,title:r}):r;O(()=>{document.title=i},[i])}function Lm(t){t.preventDefault(),document.getElementById("main").focus()}function zo(){let t=ks(location.hash);if(t.name==="chat")return j.open(t.roomId,t.messageId);if(t.name==="source")return j.openSource(t);if(t.name!=="invite")return j.showView(t);history.replaceState(null,"",location.pathname),j.previewInvitation(t.code)}function Pm(t){let e=t.button||t.ctrlKey||t.metaKey||t.shiftKey||t.altKey,n=t.target.closest?.("a[href^='#']");!n||e||t.defaultPrevented||(t.preventDefault(),n.href!==location.href&&history.pushState(null,"",n.href),zo())}addEventListener("hashchange",zo);addEventListener("click",Pm);addEventListener("visibilitychange",()=>document.visibilityState==="visible"&&j.reconnect());await fs();ze(l`<${ko.Provider} value=${Em}>
<${ct} part="page"><${Om} /><//><//>`,document.getElementById("app"));Un();ca(Se,mt);mt.connect().catch(()=>{});j.resumeInvitation();zo();setTimeout(async()=>{await He.fetch(),me(()=>fa(Se.get(),j))},Cm);

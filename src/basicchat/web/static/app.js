/*! BasicChat, Apache-2.0. With preact 11.2.0 (MIT); htm 3.1.1 (Apache-2.0); marked 18.2.1 (MIT); dompurify 3.4.18 ((MPL-2.0 OR Apache-2.0)). See licences.txt */
var si=Object.defineProperty;var ye=(t,e)=>{for(var n in e)si(t,n,{get:e[n],enumerable:!0})};var tn=Object.freeze({backoffBase:250,backoffCap:3e4,progressTimeout:3e4,probeAfter:1e4,probeTimeout:1e4,openTimeout:1e4,firstUpgrade:2e3,upgradeInterval:6e4,pollPause:250,inheritInterval:1e4});function ct(t,e=Math.random,{backoffBase:n,backoffCap:o}=tn){return e()*Math.min(o,n*2**Math.min(t,60))}var ri={4400:{action:"stop",status:"failed"},4401:{action:"stop",status:"unauthenticated"},4403:{action:"stop",status:"forbidden"},4408:{action:"resume"},4429:{action:"retry",minDelay:5e3}};function io(t,e=!1){return t===4401&&e?{action:"resume"}:ri[t]??{action:"retry"}}function ao(t){return t===1001||t>=4400}function co(t){return t%3===2}var lo=25,lt=class{link=null;resuming=!1;welcomed=!1;byCookie=!1;over=!1;retiredAt=null;constructor(e,n,o){this.helloId=`hello-${e}`,this.http=n,this.since=o}},ut=class{resume=null;user=null;server=null;limits={};heartbeat=lo*1e3;take({session_id:e,resume_token:n,user:o,server:s=null,limits:r,heartbeat_seconds:a}){this.resume={session_id:e,resume_token:n},Object.assign(this,{user:o,server:s,limits:r??{}}),this.heartbeat=(a||lo)*1e3}forget(){this.resume=null}},dt=class{#e;#t;#n=0;#o=0;constructor(e,n){this.#e=e,this.#t=n}get prefersHttp(){return co(this.#o)}welcomed({http:e}){this.#n=0,e||(this.#o=0)}ended({http:e,blocked:n}){e?this.#o&&this.#o++:this.#o=n?this.#o+1:0}delay({action:e,minDelay:n=0},o,s){if(e==="resume"&&o)return 0;let r=ct(this.#n++,this.#t,this.#e);return Math.max(r,n,s?.retryAfterMs??0)}};var L=class extends Error{constructor(e,{kind:n="client",code:o=0,retryable:s=!1,...r}={}){super(e),this.name="ChatError",this.kind=n,this.code=o,this.retryable=s,this.retryAfterMs=r.retryAfterMs,this.hint=r.hint,this.reason=r.reason,this.params=r.params,this.field=r.field,this.incident=r.incident}};function je({code:t,message:e="",data:n={}}){let{kind:o="internal",retry_after_ms:s,...r}=n??{};return new L(e,{...r,code:t,kind:o,retryAfterMs:s})}var nn=class{#e;#t=0;#n=performance.now();constructor(e){this.#e=e}get now(){return this.#t+Math.min(performance.now()-this.#n,5*this.#e)}advance(){let e=performance.now()-this.#n>5*this.#e;return this.#t=this.now,this.#n=performance.now(),e}},on=class{heardAt=0;probedAt=null;#e;constructor(e){this.#e=e}heard(e){this.heardAt=e,this.probedAt=null}probed(e){this.probedAt??=e}begin(){this.probedAt=null}verdict({welcomed:e,since:n},o,s){return e?this.probedAt!==null?o-this.probedAt>this.#e.probeTimeout?"dead":"alive":o-Math.max(this.heardAt,n)>s?"probe":"alive":o-n>this.#e.progressTimeout?"dead":"alive"}},mt=class{#e;#t;#n;#o=null;constructor(e){this.#e=e.probeAfter/10,this.#t=new nn(this.#e),this.#n=new on(e)}get now(){return this.#t.now}get heardAt(){return this.#n.heardAt}begin(e){this.#t.advance(),this.#o=setInterval(()=>e(this.#t.advance()),this.#e)}end(){clearInterval(this.#o)}renew(){this.#n.begin()}heard(){this.#n.heard(this.now)}probed(){this.#n.probed(this.now)}verdict(e,n){return this.#n.verdict(e,this.now,n)}};var uo=new Set(["connectors.list","documents.get","documents.list","documents.search","grants.list","invitations.list","keys.list","messages.list","messages.search","models.list","modes.list","rooms.join","rooms.leave","rooms.list","rooms.read","runs.cancel","runs.get","session.ping","tasks.cancel","tasks.get","tasks.list","tools.list","users.list"]),sn=new Set(["feedback.set","messages.delete","messages.edit","messages.post","messages.regenerate","query","runs.continue","stream_request","tool_execution"]);var pt=t=>sn.has(t),ft=t=>sn.has(t)||uo.has(t);var mo=t=>(t&64512)===55296,po=t=>(t&64512)===56320;function fo(t){let e=t.length;for(let n=0;n<t.length-1;n++)mo(t.charCodeAt(n))&&po(t.charCodeAt(n+1))&&(e--,n++);return e}function Ue(t,e){let n=0;for(;e>0&&n<t.length;e--)n+=mo(t.charCodeAt(n))&&po(t.charCodeAt(n+1))?2:1;return n}function ho(t,{off:e,text:n}){if(e>t.off)return{part:t,added:"",gap:!0};let o=t.off-e,s=o?n.slice(Ue(n,o)):n;return s?{part:{...t,text:t.text+s,off:t.off+fo(s)},added:s,gap:!1}:{part:t,added:s,gap:!1}}function X(){let t=globalThis.crypto.getRandomValues(new Uint8Array(16));return Array.from(t,e=>e.toString(16).padStart(2,"0")).join("")}var ii=30,ai=500,ci=16<<20,li=-32010,Te=(t,e,n)=>JSON.stringify({jsonrpc:"2.0",id:t,method:e,params:n}),ui=t=>new TextEncoder().encode(t).length,rn=class{sentOn=null;sentAt=0;queued=!1;notBefore=0;constructor(e,n,o,{onResult:s,user:r=null}){let a={...o};pt(n)&&(a.client_msg_id??=X()),Object.assign(this,{id:e,method:n,params:a,onResult:s,user:r}),this.frame=Te(e,n,a),this.bytes=ui(this.frame),this.reply=new Promise((c,u)=>Object.assign(this,{resolve:c,reject:u}))}succeed(e){this.onResult?.(e),this.resolve(e)}},ht=class{#e=new Map;#t=0;#n=0;#o;#r;#i;constructor(e=null,{maxWaiting:n=ai,maxInFlight:o=ii}={}){this.#o=e,this.#r=n,this.#i=o}get size(){return this.#e.size}add(e,n,{maxBytes:o=1/0,...s}={}){let r=new rn(++this.#t,e,n,s);if(r.bytes>o)throw new L("The request is too long to be sent",{kind:"too_large",code:li,hint:"Shorten it."});if(this.#e.size>=this.#r||this.#n+r.bytes>ci)throw new L("Too many requests are waiting to be sent",{kind:"queue_full",retryable:!0,hint:"Try again once the server can be reached."});return this.#s(r),r.user&&this.#o?.keep(r),r}#s(e){this.#e.set(e.id,e),this.#n+=e.bytes}#a(e){let n=this.#e.get(e);return this.#e.delete(e)&&(this.#n-=n.bytes),n}#l(e,n){this.#a(e.id),this.#o?.drop(e),e.reject(n)}has(e){return[...this.#e.values()].some(n=>n.params.client_msg_id===e)}*toSend(e,n){for(let o of[...this.#e.values()].slice(0,this.#i))o.sentOn||o.notBefore>n||(Object.assign(o,{sentOn:e,sentAt:n}),yield o)}answered({id:e,result:n,error:o},s){let r=this.#a(e);if(!r)return null;let a=o&&je(o);return a?.retryAfterMs!==void 0&&r.queued&&ft(r.method)?(Object.assign(r,{sentOn:null,notBefore:s+a.retryAfterMs}),this.#s(r),r):a?.kind==="unauthenticated"&&ft(r.method)?(Object.assign(r,{sentOn:null,queued:!0}),this.#s(r),r):(this.#o?.drop(r),a?r.reject(a):r.succeed(n),r)}identify(e){let n=new L("Another user is logged in now",{kind:"unauthenticated"});for(let o of[...this.#e.values()])o.user!==e&&(o.user===null?(o.user=e,this.#o?.keep(o)):(this.#a(o.id),o.reject(n)))}lost(e,{repeat:n=!0}={}){let o=new L("The connection was lost before the server replied",{kind:"connection_lost",retryable:!0,hint:"The server may have done it: look before you try again."});for(let s of[...this.#e.values()])s.sentOn===e&&(n&&ft(s.method)?Object.assign(s,{sentOn:null,queued:!0}):this.#l(s,o))}carriedBy(e){return[...this.#e.values()].some(n=>n.sentOn===e)}expire(e,n,o){for(let s of[...this.#e.values()]){if(!s.sentOn||e-Math.max(s.sentAt,n)<o)continue;let r=`The server did not reply for ${o/1e3} seconds`;this.#l(s,new L(r,{kind:"timeout",retryable:!0}))}}failAll(e,{kept:n=!1}={}){for(let o of[...this.#e.values()])n?(this.#a(o.id),o.reject(e)):this.#l(o,e)}};var di=1e5,$t=Object.freeze(["state","event","delta","signal","snapshot","stale","restored"]),mi=new Set(["unauthenticated","forbidden","failed","closed"]);function De({status:t,error:e}){return mi.has(t)?e??new L("The client was closed",{kind:t}):null}var pi=globalThis.reportError?.bind(globalThis)??(t=>console.error(t)),gt=class{#e=new Map($t.map(e=>[e,new Set]));on(e,n){let o=this.#e.get(e);if(!o)throw new TypeError(`Unknown event "${e}"; the events are ${$t.join(", ")}`);let s=r=>n(r);return o.add(s),()=>{o.delete(s)}}emit(e,n){for(let o of[...this.#e.get(e)])try{o(n)}catch(s){pi(s)}}},Be=class{#e=[];#t=!1;#n=()=>{};#o;constructor(e,n){let o=s=>e.on(s,r=>this.#r([s,r]));this.#o=[...new Set(n)].map(o)}#r(e){this.#e.length<di?this.#e.push(e):this.#t=!0,this.#n()}async next(){for(;!this.#e.length;){if(this.#t)throw new L("Events were read too slowly, and some are lost",{kind:"overflow"});await new Promise(e=>this.#n=e)}return this.#e.shift()}end(){for(let e of this.#o)e()}};var fi={unauthenticated:["The token is invalid or has expired","Log in again, or create a new key."],forbidden:["You no longer have access to this server","Ask its administrator."]};function $o(t){let[e,n]=fi[t]??["The server closed the connection"];return new L(e,{kind:t,hint:n})}var bt=class{#e;#t=[];state={status:"idle",transport:null};constructor(e){this.#e=e}opened(){return this.state.status==="online"?Promise.resolve():new Promise((e,n)=>this.#t.push({resolve:e,reject:n}))}say(e){this.state={transport:null,...e};let n=De(this.state),o=e.status==="online",s=o||n?this.#t.splice(0):[];this.#e(this.state);for(let{resolve:r,reject:a}of s)o?r():a(n)}};var $i="probe",yt=class{#e;#t;#n;#o=null;#r;#i;#s;#a;#l=new Set;#d=0;#c=null;#u=null;#m=!1;#p=null;#h=null;session=new ut;constructor({transports:e,hello:n,requests:o,tell:s,timing:r,random:a}){this.#e=e,this.#t=n,this.#n=o,this.#r=new bt(s),this.#i=r,this.#s=new mt(r),this.#a=new dt(r,a),this.wake=this.wake.bind(this)}get state(){return this.#r.state}workWith(e){this.#o=e}start(){let e=this.#r.opened();return this.#m||(this.#m=!0,globalThis.addEventListener?.("online",this.wake),this.#s.begin(n=>this.#R(n)),this.#$("connecting")),e}wake(){this.#p?this.#$("reconnecting"):this.#S()}stop(e,{error:n,last:o}={}){let s=this.#c,r=[...this.#l].map(a=>(this.#y(a),a.link.close(a===s&&a.welcomed?o:void 0)));return this.#C(),this.#r.say({status:e,...n&&{error:n}}),Promise.all(r)}#C(){this.#m=!1,clearTimeout(this.#p),this.#s.end(),this.#x(),this.#c=this.#p=null,globalThis.removeEventListener?.("online",this.wake)}flush(){let e=this.#c;if(e?.welcomed)for(let n of this.#n.toSend(e,this.#s.now))e.link.send(n.frame)}refollow(){this.#c?.link.follow(this.#o.followed())}#$(e){clearTimeout(this.#p),this.#p=null,this.#s.renew();let n=!this.#e.primary||!!(this.#e.fallback&&this.#a.prefersHttp),o=this.#g(n);this.#c=o,this.#r.say({status:e}),o.over||this.#b(o)}#g(e){let n=new lt(++this.#d,e,this.#s.now),o=s=>this.#E(n,s);return n.link=e?this.#e.fallback(o):this.#e.primary(),this.#l.add(n),n}#b(e){e.link.open({opened:()=>{e.since=this.#s.now,e.over||this.#_(e)},frame:n=>this.#D(e,n),ended:n=>this.#f(e,{code:n})})}#E(e,n){e===this.#c&&this.state.status==="online"&&this.state.transport!==n&&this.#r.say({...this.state,transport:n})}#f(e,{code:n=1006,verdict:o,error:s}={}){if(e.over)return;o??=io(n,e.welcomed&&e.byCookie);let r=e===this.#u;if(this.#y(e,{repeat:n!==1009}),e.link.close(),r)return this.#v(this.#i.upgradeInterval);if(e!==this.#c)return this.flush();this.#c=null,this.#x();let a=!e.welcomed&&!ao(n)&&!s;if(this.#a.ended({http:e.http,blocked:a}),o.action==="stop")return this.#A(o.status,s);let c=this.#a.delay(o,e.welcomed,s);this.#p=setTimeout(()=>this.#$("reconnecting"),c),this.#r.say({status:"reconnecting",retryAt:Date.now()+c})}#y(e,n){e.over=!0,this.#l.delete(e),e===this.#u&&(this.#u=null),this.#n.lost(e,n)}#A(e,n){let o=n??$o(e);e!=="unauthenticated"&&this.#n.failAll(o),this.stop(e,{error:o})}#_(e,n=this.session.resume){let o=this.#t();n&&(o.resume={...n,...this.#o.resume()}),e.resuming=!!n,e.byCookie=!o.token,e.link.send(Te(e.helloId,"session.hello",o))}#M(e,n){e===this.#u&&this.#T(e),this.session.take(n),e.welcomed=!0,this.#a.welcomed(e),e.http&&this.#e.primary&&this.#v(this.#i.firstUpgrade);let{user:o}=n;this.#n.identify(o.id),this.#r.say({status:"online",transport:e.link.transport,user:o}),this.#o.restore(o.id,n.streams??{}),this.flush()}#w(e,n){if(e.resuming&&!e.welcomed)return this.#_(e,null);let o=n.kind==="unauthenticated",s={action:"stop",status:o?"unauthenticated":"failed"},r=o||!n.retryable?s:{action:"retry"};this.#f(e,{verdict:r,error:n})}#v(e){clearTimeout(this.#h),this.#h=setTimeout(()=>{this.#u=this.#g(!1),this.#b(this.#u)},e)}#T(e){let n=this.#c;this.#u=null,this.#c=e,n&&(n.link.follow({}),n.retiredAt=this.#s.now,this.#k(n))}#k(e){e.retiredAt===null||this.#n.carriedBy(e)||this.#f(e)}#x(){clearTimeout(this.#h);let e=this.#u;this.#u=null,e&&this.#f(e)}#D(e,n){if(!e.over){this.#s.heard();for(let o of Array.isArray(n)?n:[n])o!==null&&(o.method?e===this.#c&&this.#o.receive(o.method,o.params):o.id===e.helloId?o.error?this.#w(e,je(o.error)):this.#M(e,o.result):this.#O(e,o))}}#O(e,n){let o=this.#n.answered(n,this.#s.now),s=n.error&&je(n.error);if(s?.kind==="unauthenticated")return this.#w(e,s);o&&(this.flush(),this.#k(e))}#R(e){let{now:n,heardAt:o}=this.#s;this.#n.expire(n,o,this.#i.progressTimeout);for(let{retiredAt:a,link:c}of[...this.#l])a!==null&&n-a>this.#i.progressTimeout&&c.close();if(this.flush(),!this.#c)return;let s=this.#n.size?this.#i.probeAfter:this.session.heartbeat,r=this.#s.verdict(this.#c,s);r==="dead"?this.#f(this.#c):(r==="probe"||e)&&this.#S()}#S(){this.#c?.welcomed&&(this.#s.probed(),this.#c.link.send(Te($i,"session.ping",{})))}};var gi=t=>pt(t)&&t!=="tool_execution",an=144*36e5,_t=class{#e;#t;#n;#o=Promise.resolve();#r=new Map;#i=0;#s=new Set;constructor(e,n,o){this.#e=e,this.#t=n,this.#n=o}#a(e){let n=this.#o.then(e).catch(o=>this.#n(o));return this.#o=n,n}keep({method:e,params:n,user:o}){if(!this.#e||!gi(e))return;let s=n.client_msg_id,r=this.#r.get(s)??(this.#i=Math.max(Date.now(),this.#i+1));this.#r.set(s,r);let a={server:this.#t,user:o,id:s,method:e,params:n,at:r};this.#a(()=>this.#e.put(a))}drop({params:e,user:n}){let o=e.client_msg_id;if(!this.#r.delete(o))return;this.#s.add(o);let s={server:this.#t,user:n,id:o};this.#a(()=>this.#e.remove(s)).then(()=>this.#s.delete(o))}async claim(e){return this.#l(await this.#a(()=>this.#e?.claim(this.#t,e)))}async inherit(e){return this.#l(await this.#a(()=>this.#e?.inherit?.(this.#t,e)))}#l(e=[]){let n=[];for(let o of e.sort((s,r)=>s.at-r.at))this.#s.has(o.id)||(Date.now()-o.at>an?this.#a(()=>this.#e.remove(o)):n.push(o));for(let{id:o,at:s}of n)this.#r.set(o,s);return n}settled(){return this.#o}};var bi=500,yi=64,_i=200,wt=class{#e=new Map;#t=new Set;#n;constructor(e=bi){this.#n=e}apply({run:e,part:n,kind:o,off:s,text:r}){if(this.#t.has(e))return{off:s,added:"",gap:!1};let a=this.#o(e),c=a.get(n)??{part:n,kind:o,text:"",off:0},{part:u,added:m,gap:d}=ho(c,{off:s,text:r});return m&&a.set(n,u),{off:c.off,added:m,gap:d}}sync(e,n){let o=[];for(let{part:s,kind:r,text:a}of n){if(!a.startsWith(this.#e.get(e)?.get(s)?.text??""))continue;let{added:c,off:u}=this.apply({run:e,part:s,kind:r,off:0,text:a});c&&o.push({run:e,part:s,kind:r,off:u,text:c})}return o}parts(e){return[...this.#e.get(e)?.values()??[]].sort((n,o)=>n.part-o.part)}offsets(){let e=[...this.#e].slice(-yi),n=([o,s])=>[o,[...s.values()].map(({part:r,off:a})=>[r,a])];return Object.fromEntries(e.map(n).map(([o,s])=>[o,Object.fromEntries(s)]))}begin(e){this.#t.has(e)||this.#o(e)}knows(e){return this.#e.has(e)}hasEnded(e){return this.#t.has(e)}end(e){this.#e.delete(e),this.#t.add(e),this.#t.size>_i&&this.#t.delete(this.#t.values().next().value)}#o(e){return this.#e.has(e)||(this.#e.size>=this.#n&&this.#e.delete(this.#e.keys().next().value),this.#e.set(e,new Map)),this.#e.get(e)}};var cn=2e3,ln=["not_found","forbidden"],Fe=new Set(["run.completed","run.failed","run.cancelled","run.interrupted"]),wi={kind:"not_found",message:"The conversation is no longer followed"},vt=class{#e;#t;#n=new Map;#o=new Map;book=new wt;constructor(e,n){this.#e=e,this.#t=n}begin(e,n){return this.#n.has(e)||this.book.hasEnded(e)?!1:(this.book.begin(e),this.#n.set(e,n),!0)}delta(e){let n=this.#o.get(e.run);if(n){n.length<cn&&n.push(e);return}let{added:o,gap:s,off:r}=this.book.apply(e);s?this.ask(e.run,e):o&&this.#e("delta",{...e,off:r,text:o})}sync(e,n){for(let o of this.book.sync(e,n))this.#e("delta",o)}snapshot(e,n){for(let{run_id:s,parts:r}of n)this.begin(s,e),this.sync(s,r);let o=new Set(n.map(s=>s.run_id));for(let s of this.#i(e))o.has(s)||this.ask(s)}ask(e,...n){this.#o.has(e)||(this.#o.set(e,n),this.#t("runs.get",{run_id:e},o=>this.#r(o)).catch(o=>{this.#o.delete(e),ln.includes(o.kind)&&this.#s(e)}))}#r(e){let n=this.#o.get(e.run_id)??[];if(this.#o.delete(e.run_id),!this.book.hasEnded(e.run_id)){if(this.sync(e.run_id,e.parts),e.status==="running")return n.forEach(o=>this.delta(o));this.#e("event",{stream:`room:${e.room_id}`,type:`run.${e.status}`,data:e}),this.end(e.run_id)}}end(e){this.book.end(e),this.#n.delete(e)}forgetRoom(e){for(let n of this.#i(e))this.#s(n)}#i(e){return[...this.#n].filter(([,n])=>n===e).map(([n])=>n)}#s(e){let n=this.#n.get(e);if(n===void 0)return;let s={...{run_id:e,room_id:n,status:"failed",error:wi},parts:this.book.parts(e)};this.#e("event",{stream:`room:${n}`,type:"run.failed",data:s}),this.end(e)}};function go(t,{epoch:e,events:n}){if(!n.length)return{events:[],cursor:t,gap:!1};let o={epoch:e,seq:n[n.length-1].seq};if(!t)return{events:n,cursor:o,gap:!1};if(t.epoch!==e)return{events:[],cursor:t,gap:!0};let s=n.filter(r=>r.seq>t.seq);return s.length?s[0].seq!==t.seq+1?{events:[],cursor:t,gap:!0}:{events:s,cursor:o,gap:!1}:{events:[],cursor:t,gap:!1}}var vi=1e3,_e=t=>`room:${t}`,un=t=>t.startsWith("room:")?t.slice(5):null,kt=class{#e;#t;#n;#o="";#r=new Map;#i=new Set;#s=new Map;constructor(e,n,o){this.#e=e,this.#t=n,this.#n=o,this.runs=new vt(e,n)}resume(){let e=[...this.#r].filter(([o])=>!this.#s.has(o));return{cursors:Object.fromEntries(e.slice(-vi)),runs:this.runs.book.offsets()}}followed(){let n=[this.#o,...[...this.#i].map(_e)].filter(o=>this.#r.has(o));return Object.fromEntries(n.map(o=>[o,this.#r.get(o)]))}restore(e,n){let o=this.#o;this.#o=`user:${e}`;for(let r of this.#r.keys())r.startsWith("user:")&&r!==this.#o&&this.#r.delete(r);let s=o!==""&&o!==this.#o;for(let[r,{recovered:a,epoch:c,seq:u}]of Object.entries(n)){let m=this.#r.has(r);(!m||!a)&&this.#r.set(r,{epoch:c,seq:u}),m&&!a&&r===this.#o&&(s=!0)}s&&this.#e("stale",{stream:this.#o}),this.#n();for(let r of[...this.#i]){let a=_e(r);!this.#s.has(a)&&!n[a]?.recovered&&this.#a(r)}}receive(e,n){e==="events"?this.#c(n):e==="delta"?this.runs.delta(n):e==="signal"?this.#e("signal",n):e==="streams"&&this.#m(n.streams)}accepted({run_id:e,room_id:n,epoch:o,seq:s}){let r=_e(n);this.#i.add(n);let a=this.#r.get(r);a||(this.#r.set(r,{epoch:o,seq:s}),this.#n()),!(e===null||!this.runs.begin(e,n)||!a)&&(a.epoch!==o||a.seq>s)&&this.runs.ask(e)}async join(e){let n=_e(e);this.#i.add(e),this.#s.has(n)||this.#s.set(n,[]);let o=!1;try{return await this.#t("rooms.join",{room_id:e},s=>{o=!0,this.#l(e,s)})}catch(s){throw ln.includes(s.kind)&&this.forget(e),s}finally{o||this.#d(n)}}forget(e){this.#i.delete(e),this.#r.delete(_e(e)),this.#n(),this.runs.forgetRoom(e)}#a(e){let n=_e(e);this.#s.has(n)||this.#s.set(n,[]),this.join(e).catch(()=>this.#e("stale",{stream:n}))}#l(e,n){let o=_e(e),s=this.#r.get(o);if(s?.epoch===n.epoch&&s.seq>n.seq)return this.#a(e);this.#i.has(e)&&(this.#r.set(o,{epoch:n.epoch,seq:n.seq}),this.#n(),this.#e("snapshot",{...n,room_id:e}),this.runs.snapshot(e,n.active_runs)),this.#d(o)}#d(e){let n=this.#s.get(e)??[];this.#s.delete(e);for(let o of n)this.#c(o)}#c(e){let{stream:n,epoch:o,events:s}=e,r=this.#s.get(n);if(r){r.length<cn&&r.push(e);return}un(n)&&this.#i.add(un(n));let a=go(this.#r.get(n),e);if(a.gap)return this.#p(n,{epoch:o,seq:s.at(-1).seq});a.cursor&&this.#r.set(n,a.cursor);for(let c of a.events)this.#u({stream:n,epoch:o,...c})}#u(e){let{type:n,data:o}=e;n==="run.started"&&this.runs.begin(o.run_id,o.room_id),Fe.has(n)&&this.runs.sync(o.run_id,o.parts),this.#e("event",e),Fe.has(n)&&this.runs.end(o.run_id),n==="room.deleted"&&this.forget(o.room_id)}#m(e){for(let[n,{recovered:o,epoch:s,seq:r}]of Object.entries(e)){let a=this.#r.get(n),c=a?.epoch===s&&a.seq===r;!o&&!c&&this.#p(n,{epoch:s,seq:r})}}#p(e,n){let o=un(e);if(o&&this.#i.has(o)){this.#s.has(e)||this.#a(o);return}this.#r.set(e,n),this.#e("stale",{stream:e})}};var xt=class{#e="";#t={data:[]};push(e){let n=(this.#e+e).split(/\r\n|\n|\r(?!$)/);return this.#e=n.pop(),n.map(o=>this.#n(o)).filter(Boolean)}#n(e){if(e===""){let{data:s,...r}=this.#t;return this.#t={data:[]},s.length?{...r,data:s.join(`
`)}:null}let[,n,o]=/^([^:]*):? ?(.*)$/s.exec(e);return n==="data"?this.#t.data.push(o):(n==="id"||n==="event")&&(this.#t[n]=o),null}};var ki=3,bo=25,xi=2e3,Si=100,yo=(t,e)=>new Promise(n=>{let o=()=>{clearTimeout(s),e.removeEventListener("abort",o),n()},s=setTimeout(o,t);e.addEventListener("abort",o)}),St=class{transport="sse";#e;#t=null;#n=new AbortController;#o=null;#r="";#i="";constructor({base:e,fetch:n,headers:o,timing:s,onWay:r}){this.#e={base:e,fetch:n,headers:o,timing:s,onWay:r}}open(e){this.#t=e,queueMicrotask(()=>this.#t?.opened())}send(e){this.#s(e,{signal:this.#n.signal}).then(n=>n&&this.#t?.frame(n)).catch(()=>this.#a())}async#s(e,n){let{base:o,fetch:s,headers:r}=this.#e,a=await s(new URL("api/rpc",o),{method:"POST",headers:{"content-type":"application/json",...r()},body:e,...n});if(a.status===204)return null;let c=await a.json();if(!(Array.isArray(c)?c[0]:c)?.jsonrpc)throw new TypeError("not a reply");return c}#a(e=1006){let n=this.#t;this.#t=null,this.#o?.abort(),this.#n.abort(),n?.ended(e)}follow(e){let n=Object.entries(e).slice(-Si),o=n.map(([s])=>s);o.join()===this.#r||!this.#t||(this.#r=o.join(),this.#i=n.map(([,{epoch:s,seq:r}])=>`${s}:${r}`).join(),this.#o?.abort(),o.length&&(this.#o=new AbortController,this.#l(o,this.#o.signal)))}async#l(e,n){let{timing:o}=this.#e;for(let s=0;s<=ki&&!n.aborted;){let r=this.transport==="sse",a=await(r?this.#c(e,n):this.#m(e,n));if(n.aborted)return;a||(this.transport="poll"),s=a?0:s+1,(s||r)&&await yo(ct(s,Math.random,o),n)}n.aborted||this.#a()}async#d(e,n,o={}){let{base:s,fetch:r,headers:a}=this.#e,c=new URL("api/events",s),u=e.map(g=>["stream",g]);c.search=new URLSearchParams([...u,...Object.entries(o)]);let m={"last-event-id":this.#i,...a()},d=await r(c,{headers:m,signal:n,cache:"no-store"});if(!d.ok&&d.headers.get("content-type")?.includes("json")&&!n.aborted&&this.#a(),!d.ok)throw new TypeError("no events");return d}async#c(e,n){let o=new AbortController,s=this.#e.timing.progressTimeout,r=setTimeout(()=>o.abort(),s),a=!1;try{let c=AbortSignal.any([n,o.signal]),u=await this.#d(e,c),m=new xt,d=new TextDecoder;for(let f=u.body.getReader();;){let{done:g,value:p}=await f.read();if(g||n.aborted)return a;a||this.#e.onWay("sse"),a=!0,clearTimeout(r),r=setTimeout(()=>o.abort(),s),this.#u(m.push(d.decode(p,{stream:!0})),n)}}catch{return a}finally{clearTimeout(r)}}#u(e,n){e.length||this.#t?.frame(null);for(let{id:o,data:s}of e){if(n.aborted)return;let r=JSON.parse(s);this.#i=o??this.#i,this.#t?.frame(r)}}async#m(e,n){let{timing:o,onWay:s}=this.#e,r=AbortSignal.timeout(bo*1e3+o.progressTimeout);try{let a={wait:String(bo)},c=await this.#d(e,AbortSignal.any([n,r]),a),{streams:u,frames:m,last_id:d}=await c.json();if(n.aborted)return!0;s("poll");let f=this.#i;this.#i=d,this.#t?.frame({method:"streams",params:{streams:u}});for(let g of m)n.aborted||this.#t?.frame(g);return d===f&&m.length&&await yo(o.pollPause,n),!0}catch{return!1}}async close(e){let n=this.#t!==null;if(this.#a(1006),!e||!n)return;let o=AbortSignal.timeout(xi);await this.#s(e,{signal:o,keepalive:!0}).catch(()=>{})}};var Ci="basicchat",dn="queue",Ei=2e3,_o=({owner:t,...e})=>e,wo=t=>`basicchat-queue-${t}`;function ze(t){return new Promise((e,n)=>{t.onsuccess=()=>e(t.result),t.onerror=()=>n(t.error)})}var Ct=class{#e=X();#t=null;#n=null;#o=()=>{};#r=!1;async#i(){return this.#t??=this.#s(),await(this.#n??=this.#a()),this.#t}#s(){let e=indexedDB.open(Ci,1);return e.onupgradeneeded=()=>e.result.createObjectStore(dn,{keyPath:["server","user","id"]}),ze(e).then(n=>(n.onversionchange=()=>n.close(),n))}#a(){return navigator.locks?new Promise((e,n)=>{let o=new Promise(s=>this.#o=s);navigator.locks.request(wo(this.#e),()=>(e(),o)).catch(n)}):Promise.resolve()}async#l(e,n){let s=(await this.#i()).transaction(dn,e,{durability:"relaxed"}),r=new Promise((c,u)=>{s.oncomplete=c,s.onabort=()=>u(s.error)}),a=await n(s.objectStore(dn));return await r,a}async put(e){await this.#l("readwrite",async n=>{await ze(n.count())<Ei&&n.put({...e,owner:this.#e})})}async remove({server:e,user:n,id:o}){await this.#l("readwrite",s=>s.delete([e,n,o]))}async claim(e,n){this.#r||await this.#c();let{own:o,left:s}=await this.#d(e,n);return[...o,...s].map(_o)}async inherit(e,n){return navigator.locks?(await this.#d(e,n)).left.map(_o):[]}async#d(e,n){let o=IDBKeyRange.bound([e,n],[e,n,[]]),s=await this.#l("readonly",c=>ze(c.getAll(o))),r=s.filter(c=>c.owner===this.#e),a=[];for(let c of new Set(s.map(u=>u.owner)))c!==this.#e&&a.push(...await this.#u(c,o));return{own:r,left:a}}async#c(){this.#r=!0,await this.#l("readwrite",async e=>{for(let{server:n,user:o,id:s,at:r}of await ze(e.getAll()))Date.now()-r>an&&e.delete([n,o,s])})}#u(e,n){let o=()=>this.#m(e,n);if(!navigator.locks)return o();let s={ifAvailable:!0};return navigator.locks.request(wo(e),s,r=>r?o():[])}#m(e,n){return this.#l("readwrite",async o=>{let s=(await ze(o.getAll(n))).filter(r=>r.owner===e);for(let r of s)o.put({...r,owner:this.#e});return s})}async close(){let e=this.#t;this.#t=this.#n=null,this.#o(),(await e?.catch(()=>null))?.close()}};var Ai="basicchat.v1",Et=class{transport="websocket";#e;#t=null;#n=null;#o=null;constructor({base:e,WebSocket:n,openTimeout:o}){this.#e={base:e,WebSocket:n,openTimeout:o}}open(e){let{base:n,WebSocket:o,openTimeout:s}=this.#e;this.#o=e.ended;let r=new URL("ws",n);r.protocol=r.protocol.replace("http","ws");try{this.#t=new o(r.href,[Ai])}catch{return queueMicrotask(()=>this.#i(1006))}this.#n=setTimeout(()=>this.close(),s),this.#t.onopen=()=>{clearTimeout(this.#n),this.#o&&e.opened()},this.#t.onmessage=({data:a})=>this.#r(a,e),this.#t.onerror=()=>{},this.#t.onclose=({code:a})=>this.#i(a)}#r(e,n){if(!this.#o)return;let o;try{o=JSON.parse(e)}catch{return this.close()}n.frame(o)}#i(e){clearTimeout(this.#n);let n=this.#o;this.#o=null,n?.(e)}send(e){this.#t.send(e)}follow(){}async close(e){e&&this.#t?.readyState===1&&this.#t.send(e),this.#t?.close(1e3),this.#i(1006)}};var Mi="http://127.0.0.1:8765";function vo(t=globalThis.location?.origin??Mi){return new URL(t.replace(/^ws/,"http").replace(/\/*$/,"/"))}var ko=()=>globalThis.indexedDB?new Ct:null;function xo({base:t,WebSocket:e,fetch:n,timing:o,authorization:s}){if(!e&&!n)throw new TypeError("Every transport is disabled: pass WebSocket or fetch");let r=()=>({"x-basicchat":"1",...s()});return{primary:e?()=>new Et({base:t,WebSocket:e,openTimeout:o.openTimeout}):null,fallback:n?u=>new St({base:t,fetch:n,headers:r,timing:o,onWay:u}):null}}var Ti=1<<20,Di=new Set(["typing.set","presence.set"]),We=class{#e;#t=new gt;#n;#o;#r;#i;#s;#a;constructor({url:e,token:n,name:o="javascript",version:s="1",timing:r,random:a,...c}={}){this.#e={base:vo(e),token:n,client:{name:o,version:s},WebSocket:"WebSocket"in c?c.WebSocket:globalThis.WebSocket,fetch:"fetch"in c?c.fetch:(...d)=>globalThis.fetch(...d),timing:{...tn,...r}},this.#r="queue"in c?c.queue:ko(),this.#n=new _t(this.#r,this.#e.base.href,d=>{console.warn("Requests waiting to be sent are not stored:",d)}),this.#i=new ht(this.#n),this.#s=new yt({transports:xo({...this.#e,authorization:()=>this.authorization()}),hello:()=>this.#p(),requests:this.#i,tell:d=>this.#u(d),timing:this.#e.timing,random:a??Math.random});let u=(d,f)=>this.#t.emit(d,f),m=()=>this.#s.refollow();this.#a=new kt(u,(...d)=>this.#d(...d),m),this.#s.workWith(this.#a),this.wake=this.#s.wake}get state(){return this.#s.state}get user(){return this.#s.session.user}get server(){return this.#s.session.server}get limits(){return this.#s.session.limits}async connect(){return await this.#s.start(),this}async authenticate(e){return this.#e.token=e,this.#s.stop("connecting"),this.#s.session.forget(),this.connect()}async close(){let e=Te("close","session.close",{}),n=this.#s.stop("closed",{last:e});this.#s.session.forget();let o=new L("The client was closed",{kind:"closed"});this.#i.failAll(o,{kept:!0}),await n,await this.#n.settled(),await this.#r?.close?.()}async call(e,n={}){return Di.has(e)&&this.state.status!=="online"?null:this.#d(e,n,this.#l)}#l=e=>{e?.epoch&&e.run_id!==void 0&&this.#a.accepted(e)};async#d(e,n,o){let s=De(this.state);if(s&&this.state.status!=="unauthenticated")throw s;let r=this.#c(e,n,o,this.user?.id??null);return this.#s.flush(),r.queued=r.sentOn===null,r.reply}#c(e,n,o,s){let r=this.limits.max_frame_bytes??Ti;return this.#i.add(e,n,{maxBytes:r,onResult:o,user:s})}async sendQuery(e,n,o){return this.call("query",So(e,n,o))}async*streamQuery(e,n,o){let s=new Be(this.#t,["delta","event","state"]);try{let r=await this.call("stream_request",So(e,n,o));for(yield{type:"accepted",...r};r.run_id!==null;){let[a,c]=await s.next(),u=a==="state"&&De(c);if(u)throw u;if((c.run??c.data?.run_id)===r.run_id&&(yield a==="delta"?{type:"delta",...c}:c,Fe.has(c.type)))return}}finally{s.end()}}async sendMessage({type:e,method:n=e??"stream_request",...o}){return this.call(n,o)}async join(e){return this.#a.join(e)}async leave(e){this.#a.forget(e);try{return await this.call("rooms.leave",{room_id:e})}finally{this.#a.forget(e)}}async typing(e,n=!0){return this.call("typing.set",{room_id:e,typing:n})}on(e,n){return this.#t.on(e,n)}async*events(...e){let n=e.length?e:$t,o=new Be(this.#t,[...n,"state"]);try{for(;;){let[s,r]=await o.next();n.includes(s)&&(yield[s,r]);let a=s==="state"&&De(r);if(a?.kind==="closed")return;if(a)throw a}}finally{o.end()}}parts(e){return this.#a.runs.book.parts(e)}authorization(){let{token:e}=this.#e;return e?{authorization:`Bearer ${e}`}:{}}#u(e){if(this.#t.emit("state",e),clearInterval(this.#o),e.status!=="online")return;let n=e.user.id;this.#m(n,this.#n.claim(n));let o=()=>this.#m(n,this.#n.inherit(n));this.#o=setInterval(o,this.#e.timing.inheritInterval),this.#o.unref?.()}async#m(e,n){for(let{id:o,method:s,params:r}of await n)if(!(this.#i.has(o)||this.user?.id!==e))try{let a=this.#c(s,r,this.#l,e);a.queued=!0;let c=a.reply;c.catch(()=>{}),this.#t.emit("restored",{method:s,params:a.params,reply:c})}catch(a){if(!(a instanceof L))throw a}this.#s.flush()}#p(){let{client:e,token:n}=this.#e;return n?{client:e,token:n}:{client:e}}};function So(t,e,n){let o=typeof e=="object"?e:{...n,reasoningMode:e},s={query:t,reasoning_mode:o?.reasoningMode??"auto",room_id:o?.roomId,model:o?.model,document_ids:o?.documentIds,client_msg_id:o?.clientMsgId};return Object.fromEntries(Object.entries(s).filter(([,r])=>r!=null))}function Re(t,e){try{return JSON.parse(localStorage.getItem(t))??e}catch{return e}}function He(t,e){try{e===null?localStorage.removeItem(t):localStorage.setItem(t,JSON.stringify(e))}catch{}}function mn(){try{let t=["basicchat.theme","basicchat.language","basicchat.chosen"];for(let e of Object.keys(localStorage))e.startsWith("basicchat.")&&!t.includes(e)&&localStorage.removeItem(e);sessionStorage.clear()}catch{}}var pn=["Add","Cancel","Close","Connecting…","Copied","Copy","Delete","Dismiss","Done","Edit","Leave","Loading…","Name","Password","At least 8 characters.","Reload","Remove","Rename","Revoke","Role","Stop","Try again","(you)",", "," · ","{first} and {last}",{B:"{n} B",kB:"{n} kB",MB:"{n} MB",GB:"{n} GB"},{ms:"{n} ms",s:"{n} s"},{one:"{count} day",other:"{count} days"},{one:"{count} year",other:"{count} years"},{one:"{count} person",other:"{count} people"},"page {page}","line {line}","lines {first}–{last}",{owner:"Owner",admin:"Administrator",member:"Member",guest:"Guest"},{guest:"Can join rooms by invitation.",member:"Can create rooms, add documents and invite guests.",admin:"Can also manage members and guests.",owner:"Has full control of this server."},"Role of {name}",{owner:"Owner",member:"Member",viewer:"Viewer"},{read:"read",write:"write",admin:"administer"},"Assistant",{},{timeout:"The server may be busy. Try again.",connection_lost:"Try again when you are back online.",forbidden:"Ask an owner or administrator for access.",rate_limited:"Wait a moment, then try again.",upstream_unavailable:"Check that the model server is running, then try again.",not_found:"It may have been deleted.",too_large:"Shorten it, then try again."},"Something went wrong","Could not reach the server","The server responded with status {status}","Try again in {seconds} s.","You can try again now.",{page:"BasicChat cannot be displayed because of an error in this page",view:"This view cannot be displayed because of an error in this page",message:"This message cannot be displayed because of an error in this page"},"No data was lost. Try again, or reload the page.",{rooms:"Could not load your conversations.",documents:"Could not load your documents.",models:"Could not load the models."},"{room} · BasicChat","({count}) {title}","Skip to conversation","Drop files to add them to your documents",{account:"Your account",admin:"Administration",connect:"Connect other programs"},"Open the menu","Search in this conversation","Invite","Members: {count}, {here} online","Conversations","Close the menu","New chat","New room","Search",{apple:"⌘ K",pc:"Ctrl K"},"Account and settings",{light:"Use the light theme",dark:"Use the dark theme"},{ollama:"Ollama",openai_compatible:"OpenAI-compatible server",llamacpp:"llama.cpp",extractive:"Quotes only, no model"},"A room is a conversation with other people. You can invite them once you have created it.","Create","Online","Online, over HTTP","Offline","Offline, {count} waiting","Connecting…","Connection lost. Your messages will be sent when you are back online.",{one:"Connection lost. {count} message will be sent when you are back online.",other:"Connection lost. {count} messages will be sent when you are back online."},{failed:"This page is not compatible with the server. Reload it to continue.",forbidden:"You do not have access to this server.",closed:"You are logged out."},"Retrying in {seconds} s","Retrying…","Retry now","WebSocket is blocked, using HTTP.","Everything works, but a little slower.","Your conversations","Loading your conversations…","No conversations yet. Ask a question to start one.","No rooms yet. Rooms you are invited to appear here.","Shared room:","Untitled","(draft)","Draft","{count} unread","99+","Actions for {name}","Rename conversation","Delete this conversation?","“{name}” will be permanently deleted. Your documents are kept.","“{name}” and all its messages will be permanently deleted for all {count} members.","Leave this room?","You will no longer have access to “{name}” unless someone invites you again.","You left the room.","Ask your own documents","Answers come with links to their sources. Your documents stay on this server.","Welcome, {name}","You are a guest on this server. Choose one of your rooms to join the conversation.","You are a guest on this server. Rooms you are invited to appear in the menu.","Drop documents anywhere on this page","Add your first documents","PDF, Word, PowerPoint, Excel, CSV, Markdown, HTML or text","Choose files",{one:"{count} document ready",other:"{count} documents ready"},"{count} being processed","{count} unreadable","Use words that you expect to find in the text, for example “What is the notice period of the lease?” The passages that match best are quoted.","Then ask, for example","Try asking","What are the main points?","Which dates and deadlines are mentioned?","What does it say about costs?","Which numbers matter most, and why?","What are the main points of “{title}”?","Which dates and deadlines does “{title}” mention?","What do “{title}” and “{other}” have in common?","Latest","You can read this room, but you cannot write in it.","Everyone in this room sees your messages. Mention `@assistant` to ask the assistant.","Answers can be wrong. Check their sources.","No language model is connected, so answers are quotes from your documents.","How to get written answers","{name}: {text}","The answer failed. {message}","Answer stopped.","Answer complete: {text}",{one:"Answer complete, with {count} source: {text}",other:"Answer complete, with {count} sources: {text}"},{one:"is typing…",other:"are typing…"},"Several people","Conversation","This conversation is not available","It was deleted, or you are not a member.","Loading the conversation…","Waiting for the connection…","Show earlier messages","No messages yet.","No one else is here yet. Invite people, or ask the assistant.","Seen by {names}","This message is no longer available.","Ask a question","Write a message","Your question","Your message","Ask your documents…","Write, or ask @assistant…","Ask the assistant","Mode","Model","Loaded","Send","Send (Enter)","Stop the answer","Stop (Esc)","Mention someone","Answers in this room",{one:"{count} suggestion. Use the arrow keys to choose.",other:"{count} suggestions. Use the arrow keys to choose."},"You","{name}, deleted","You deleted this message.","A message from {name} was deleted.","edited","Actions for this message","Copied.","Delete this message?","Its text will be permanently removed for everyone.","Sending…","Will be sent when you are back online.","Send again","Discard","Edit your message","Save","Save only","Save and answer again","Answer","Answer in progress","Deleted answer","This answer was deleted.","to you","to {name}","Previous answer","Next answer","Answer {index} of {count}","{index}/{count}","Thinking…","Starting…","Steps and reasoning","No steps or reasoning were recorded.","The server stopped while this answer was being written. The text so far is kept.","You stopped this answer.","This answer was stopped.","Continue","Start over","Answer again","Good answer","Bad answer","{label} ({count})","Copy the answer","Actions for this answer","Delete this answer?","Its text will be permanently removed for everyone. Other answers to the question are kept.",{one:"{count} token",other:"{count} tokens"},"Sources","Source {n}","text","Download the original","All documents","Sources of this answer","Quoted passage","Source {n}: {title}","This document is no longer available","It was deleted after this answer was written.","Quoted in the answer","Loading the document…","Show earlier text","Show later text","Documents","Add documents","or drop files and folders on this page,","up to {size} each","Loading your documents…","No documents yet. You can ask about documents you add here in every conversation.","Delete {title}","Delete this document?","“{title}” and its search index will be deleted. Answers that cite it are kept, but can no longer open it.","This document could not be read. Delete it and try another file.","Queued","Processing","Indexing {title}",{one:"{count} page",other:"{count} pages"},{waiting:"Waiting",uploading:"Uploading",accepted:"Uploaded",duplicate:"Already in your documents"},"Uploading {name}","Retry {name}","Dismiss {name}","Files of type {suffix} are not supported. Use PDF, Word, PowerPoint, Excel, CSV, Markdown, HTML or text.","Files without an extension are not supported. Use PDF, Word, PowerPoint, Excel, CSV, Markdown, HTML or text.","This file is empty. Choose another one.","This file is too large ({size}; the limit is {limit}). Split it and upload the parts.","The connection was lost during the upload. Try again.","The server rejected this file (status {status})","Members",{one:"{count} member",other:"{count} members"},{online:"Online",away:"Away",offline:"Offline"},"Actions for {name}","Remove from the room","Remove {name}?","{name} will lose access to this room. Their messages are kept.","Invite people","Add someone","as","People on this server","Add {name}","No one found. They may already be in this room.","Search","Search messages","Only in “{room}”","Searching…","Enter words from the message. The last one may be incomplete.",{one:"{count} result",other:"{count} results"},{one:"More than {count} result",other:"More than {count} results"},"Nothing found for “{query}”.","Results","Show more","Log in to BasicChat","Log in","Logging in…","Continue with {name}","or",{"login-lapsed":"This login link has expired or was already used","sso-failed":"Single sign-on failed","sso-refused":"You signed in, but you do not have access to this server"},{"login-lapsed":"Create a new one with `basicchat login`.","sso-failed":"Try again, or ask an administrator.","sso-refused":"Ask an administrator for access."},"You no longer have access to this server","Your account is suspended. Ask an administrator.","You were logged out","Log in again to continue.","Log in with a link or a token","Open the login link that `basicchat serve` printed when it started. It works once; `basicchat login` prints a new one.","Or paste the link or token here","Continue","This token is invalid or has expired","Create a new one with `basicchat token`.","You have been invited","This invitation is no longer valid","Loading the invitation…","This invitation creates an account, but you already have one.","Not now","Join","Someone","{inviter} invited you to the room “{room}”.","{inviter} invited you to this server.",{guest:"You will join as a guest: you can join rooms by invitation.",member:"You will join as a member: you can create rooms, add documents and invite guests.",admin:"You will join as an administrator: you can also manage members and guests.",owner:"You will join as an owner: you have full control of this server."},"Log in instead","Your name","You log in with this name, and others see it.","Choose a password","I already have an account","Your account","{role}. {hint}","For programs that act on your behalf. A key is shown only once, when it is created.","Current password","Leave this empty if you have no password yet, for example because you log in with a link or single sign-on.","New password","New password again","The new passwords do not match","Change password","Your password has been changed. You were logged out on all other devices.","Sessions","Log out","Log out everywhere","Log out everywhere?","You will be logged out on all your devices, including this one. API keys keep working.","API keys","API keys of {name}","Loading keys…","No API keys yet.","New key","New API key","New API key for {name}","Revoke {label}","Revoke “{label}”?","Programs that use this key stop working immediately, and their running requests are cancelled.","can {scopes}","created {date}","expires {date}","last used {date}","never used","Purpose","For example, backup script","Permissions",{read:"Read",write:"Write, ask and upload",admin:"Administer this server"},"Expires after","Never","Create key","Your new API key","New API key for {name}","Copy it now: it is shown only once. Anyone who has it can act as you.","Copy it now: it is shown only once. Anyone who has it can act as {name}.","Key","Invite by link","Expires after","Can be used by","Create link","Link","Invitation to this room","Anyone with this link can join the room. People without an account join as guests. Copy it now: it is shown only once.","People without an account can use the link too. Everyone who joins sees all earlier messages in “{room}”.","Join as",{member:"Member: can read and write",viewer:"Viewer: can only read"},"Invitation to this server","Anyone with this link can create an account on this server. Copy it now: it is shown only once.","Join as","Administration","Only owners and administrators can manage this server.",{people:"People",invitations:"Invitations"},"Users","Add a user","Find a user","Loading users…",{one:"{count} user",other:"{count} users"},"joined {date}","no password","Suspended","Actions for {name}","Suspend","Suspend {name}?","{name} is logged out on all devices immediately and cannot log in until you resume the account. Nothing is deleted.","{name} has been suspended.","Resume","{name} can log in again.","Delete {name}?","The account is deleted together with its documents, its API keys and all rooms without other members. What {name} wrote in other rooms is kept. This cannot be undone.","{name} has been deleted.","{name} has been logged out.","They log in with this name, and others see it.","Leave this empty to generate one.","{name} has been added","{name} has been added.","Give this password to {name}. It is shown only once; they can change it under “Your account”.","Reset password","Reset the password of {name}?","A new password is generated and shown to you once. {name} is logged out on all devices.","Reset password","New password for {name}","Give it to {name}. It is shown only once. The old password no longer works, and {name} has been logged out on all devices.","Loading invitations…","No open invitations.","{role}, in “{room}” as {roomRole}","by {name}","someone","a room",{one:"{count} use left",other:"{count} uses left"},"expires {date}","Withdraw","Withdraw this invitation?","The link stops working. People who joined with it stay.","Connect other programs","Claude, Cursor, VS Code and other clients of the Model Context Protocol (MCP) can search and read your documents and conversations, and ask questions. A client sees only what you can see.","Server address","Enter this URL where a client asks for the address of a server or connector. The client then opens a page where you log in and approve it.","Server URL","Client configuration","Client","Operating system",{darwin:"macOS",win32:"Windows",linux:"Linux"},"Connection",{remote:"Over the network",local:"On the same machine"},"Add this to `{file}`:","Configuration for {client}","Or let BasicChat do it. Run this on the client's machine:","Command","{client} does not accept a URL in its configuration. Create an API key in your account, then run this on the client's machine, where BasicChat must be installed. It adds a program that connects {client} to this server:","Connectors that you add in the client's own settings connect from its vendor's servers. They need an HTTPS address that is reachable from the internet.","Connectors that you add in the client's own settings connect from its vendor's servers. They need an HTTPS address that is reachable from the internet, which this one is not.","Copy: {label}","Connected apps","No connected apps.","connected {date}","Disconnect","Disconnect {name}","Disconnect “{name}”?","The app loses access immediately, and its running requests are cancelled. It can ask you for access again."];var Co={en:{direction:"ltr",load:()=>pn}},Eo="en",fn,At,Ao,Mo;Do(Eo,pn);async function To(){let e=[Re("basicchat.language",""),...Lo()].map(Po).find(s=>Object.hasOwn(Co,s))??Eo,{direction:n,load:o}=Co[e];Do(e,await o()),Object.assign(document.documentElement,{lang:e,dir:n})}var i=(t,e)=>Oo(fn[t],e);function S(t,e,n){let o=fn[t];return Object.hasOwn(o,e)?Oo(o[e],n):void 0}var hn=(t,e)=>Ro({minimumFractionDigits:e,maximumFractionDigits:e}).format(t);function Ke(t){let e=null;return n=>(e??=new Intl.DateTimeFormat(At,t)).format(new Date(n))}function Do(t,e){fn=e,At=Lo().find(n=>Po(n)===t)??t,Ao=new Intl.PluralRules(At),Mo=Ro()}function Oo(t,e){if(!e)return t;let n=t.other&&Ao.select(e.count);return(n?t[n]??t.other:t).replace(/\{(\w+)\}/g,(s,r)=>Oi(e[r]))}var Oi=t=>typeof t=="number"?Mo.format(t):t;function Ro(t){return new Intl.NumberFormat(At,{useGrouping:"min2",...t})}function Lo(){return globalThis.navigator?.languages??[]}function Po(t){return t.toLowerCase().split("-")[0]}async function Ye(t,e={},n={}){return No(t,{method:"POST",headers:{"content-type":"application/json","X-BasicChat":"1",...n},body:JSON.stringify(e)})}var Io=t=>No(t,{});function Ri({code:t,message:e,data:n={}}){let{retry_after_ms:o,...s}=n;return new L(e,{...s,code:t,retryAfterMs:o})}async function No(t,e){let n;try{n=await fetch(t,e)}catch{throw new L(i(43),{kind:"connection_lost"})}let o=await n.json().catch(()=>({}));if(n.ok)return o;if(o.error)throw Ri(o.error);let{status:s}=n;throw new L(i(44,{status:String(s)}),{kind:"http"})}var Ge=["people","invitations"];function jo(t){let[,e,...n]=t.split("/").map(qo),o=/^#invite=(.+)$/.exec(t)?.[1];return o?{name:"invite",code:qo(o)}:e==="c"&&n[0]?{name:"chat",roomId:n[0],messageId:n[1]||null}:e==="account"?{name:"account"}:e==="connect"?{name:"connect"}:e==="admin"?{name:"admin",tab:Ge.includes(n[0])?n[0]:Ge[0]}:{name:"chat",roomId:null,messageId:null}}var se=(t,e)=>`#/c/${encodeURIComponent(t)}${e?`/${encodeURIComponent(e)}`:""}`,Uo="#/account",Bo="#/connect",Mt=(t=Ge[0])=>`#/admin/${t}`;function qo(t){try{return decodeURIComponent(t)}catch{return t}}var gn="basicchat.invitation";function zo({store:t,client:e,notify:n}){let{dispatch:o,get:s}=t,r=($,b)=>Ye($,b,e.authorization());async function a($){if(s().user&&s().user.id!==$.id)return mn(),location.reload();o({type:"renewingLogin",on:!0}),await e.authenticate(void 0)}async function c($,b){let{user:x}=await Ye("api/login",{name:$,password:b});await a(x)}function u(){mn(),location.hash="",location.reload()}async function m($,b){o({type:"renewingLogin",on:!0});try{let{user:x}=await r("api/password",{password:b,...$&&{current:$}});await a(x)}catch(x){throw o({type:"renewingLogin",on:!1}),x}n(i(310))}async function d($){$n($),o({type:"invitation",invitation:{code:$}});try{let b=await Ye("api/invitations/look",{code:$});o({type:"invitation",invitation:{code:$,...b}})}catch(b){b.kind==="not_found"&&$n(null),o({type:"invitation",invitation:{code:$,error:b}})}}async function f($,b){let{code:x}=s().invitation,{user:k,room_id:w}=await Ye("api/invitations/accept",{code:x,name:$,password:b});h(),await a(k),p(w)}async function g(){let{room_id:$}=await r("api/invitations/accept",{code:s().invitation.code});h(),p($)}let p=$=>{$&&(location.hash=se($))};function h(){$n(null),o({type:"invitation",invitation:null})}return{logIn:c,logInWithToken:$=>e.authenticate($),loginOptions:()=>Io("api/login-options"),logOut:()=>r("api/logout").then(u),logOutEverywhere:()=>r("api/logout-everywhere").then(u),changePassword:m,previewInvitation:d,resumeInvitation:()=>Fo()&&d(Fo()),acceptWithNewAccount:f,acceptInvitation:g,dismissInvitation:h}}function $n(t){try{t?sessionStorage.setItem(gn,t):sessionStorage.removeItem(gn)}catch{}}function Fo(){try{return sessionStorage.getItem(gn)}catch{return null}}function Wo({store:t,client:e}){let{dispatch:n,get:o}=t;async function s(){n({type:"directory",...await e.call("users.list")})}async function r($){let{user:b,password:x}=await e.call("users.create",$);return n({type:"directory.put",user:b}),{user:b,password:x}}async function a($,b){let x=await e.call("users.update",{user_id:$,...b});n({type:"directory.put",user:x})}async function c($){await e.call("users.delete",{user_id:$}),n({type:"directory.removed",userId:$})}async function u(){n({type:"invitations",...await e.call("invitations.list")})}async function m($){let{invitation:b,path:x}=await e.call("invitations.create",$);return n({type:"invitation.put",invitation:b}),new URL(x.replace(/^\//,""),document.baseURI).href}async function d($){await e.call("invitations.revoke",{invitation_id:$}),n({type:"invitation.removed",id:$})}let f=$=>$===o().user.id?{}:{user_id:$};async function g($){let{keys:b}=await e.call("keys.list",f($));n({type:"keys",userId:$,keys:b})}async function p($,b){let{key:x,secret:k}=await e.call("keys.create",{...b,...f($)});return n({type:"key.put",key:x}),k}async function h({user_id:$,key_id:b}){await e.call("keys.revoke",{key_id:b}),n({type:"key.removed",userId:$,keyId:b})}return{loadDirectory:s,addUser:r,changeUser:a,deleteUser:c,logOutUser:$=>e.call("session.logout_everywhere",{user_id:$}),loadInvitations:u,createInvitation:m,revokeInvitation:d,loadKeys:g,createKey:p,revokeKey:h}}var bn={};ye(bn,{actions:()=>Pi,availableId:()=>we,initial:()=>Li});var Li={connection:{status:"idle",transport:null},locked:!1,renewingLogin:!1,user:null,limits:{},view:{name:"chat"},roomId:null,visible:!0,models:[],provider:null,modes:[],chosen:{model:null,mode:"auto"},panel:null,drawer:!1,dialog:null,notice:null,invitation:null},Pi={connection:(t,{state:e})=>({...t,connection:e,user:e.user??t.user,locked:Ii(t,e),renewingLogin:t.renewingLogin&&e.status!=="online"}),renewingLogin:(t,{on:e})=>({...t,renewingLogin:e,locked:t.locked&&!e}),limits:(t,{limits:e})=>({...t,limits:e}),catalogue:(t,{models:e,provider:n,modes:o})=>({...t,models:e,provider:n,modes:o}),chosen:(t,{chosen:e})=>({...t,chosen:{...t.chosen,...e}}),view:(t,{view:e})=>({...t,view:e,drawer:!1,panel:null}),visible:(t,{visible:e})=>({...t,visible:e}),panel:(t,{panel:e})=>({...t,panel:e,drawer:!1}),drawer:(t,{open:e})=>({...t,drawer:e}),dialog:(t,{dialog:e})=>({...t,dialog:e}),notice:(t,{notice:e})=>({...t,notice:e}),invitation:(t,{invitation:e})=>({...t,invitation:e})};function Ii({locked:t,renewingLogin:e},{status:n}){return e?!1:["unauthenticated","forbidden"].includes(n)||t&&n!=="online"}var we=(t,e)=>t.find(n=>n.id===e)?.id;var Le="new",Ni=200,qi=100;function Ho({store:t,client:e,attempt:n,notify:o,moveDraft:s}){let{dispatch:r,get:a}=t;async function c(y,E=null){let A=a().roomId;y===A&&a().view.name==="chat"||(r({type:"open",roomId:y}),A&&A!==y&&!u(A)&&e.leave(A).catch(()=>{}),y&&y!==A&&await m(y)),y&&E&&await n(g(y,E))}let u=y=>Object.values(a().runs).some(E=>E.room_id===y);async function m(y){a().chats[y]?.messages.length||r({type:"chat.loading",roomId:y});try{await e.join(y)}catch(E){r({type:"chat.failed",roomId:y,error:E})}}async function d(y,E=50){let A=a().chats[y].older,C=await e.call("messages.list",{room_id:y,before:A,limit:E});r({type:"older",roomId:y,...C})}let f=(y,E)=>a().chats[y]?.messages.find(A=>A.message_id===E);async function g(y,E){for(let C=0;!f(y,E)&&C<qi&&a().chats[y]?.older;C++)await d(y,Ni);let A=f(y,E);if(!A)return o(i(145));A.parent_id&&r({type:"shown",roomId:y,parentId:A.parent_id,messageId:E}),r({type:"target",roomId:y,messageId:E})}async function p(y,E={id:X(),text:y}){let A=a().roomId;r({type:"pending",roomId:A??Le,item:E});let{chosen:C,models:U,modes:at}=a(),J={query:y,client_msg_id:E.id};return A&&(J.room_id=A),we(U,C.model)&&(J.model=C.model),we(at,C.mode)&&(J.reasoning_mode=C.mode),h(A,E,e.call("stream_request",J))}async function h(y,E,A){try{let C=await A;y||r({type:"pending.moved",from:Le,roomId:C.room_id,id:E.id}),r({type:"pending.accepted",roomId:C.room_id,id:E.id,seq:C.seq}),y||b(C.room_id)}catch(C){r({type:"pending.failed",roomId:y??Le,id:E.id,error:C})}}function $({method:y,params:E,reply:A}){if(y!=="stream_request")return n(A);let C={id:E.client_msg_id,text:E.query},U=E.room_id??null;return r({type:"pending",roomId:U??Le,item:C}),h(U,C,A)}function b(y){let{roomId:E,view:A}=a();E!==null||A.name!=="chat"||(s(y),r({type:"open",roomId:y}),history.replaceState(null,"",se(y)))}function x(y,E){return r({type:"pending.done",roomId:y??Le,id:E.id}),p(E.text,{...E,error:void 0})}let k=y=>e.call("messages.regenerate",{message_id:y});async function w(y,E,A){await e.call("messages.edit",{message_id:y.message_id,text:E}),A&&await k(y.message_id)}return{open:c,loadRoom:m,ask:p,resend:x,trackRestored:$,loadOlder:y=>n(d(y)),discardPending:(y,E)=>r({type:"pending.done",roomId:y??Le,id:E}),stopRun:y=>n(e.call("runs.cancel",{run_id:y})),regenerate:y=>n(k(y)),continueRun:y=>n(e.call("runs.continue",{run_id:y,client_msg_id:X()})),editMessage:w,deleteMessage:y=>n(e.call("messages.delete",{message_id:y})),rate:(y,E)=>n(e.call("feedback.set",{message_id:y,value:E,client_msg_id:X()})),clearTarget:y=>r({type:"target",roomId:y,messageId:null}),selectAnswer:(y,E,A)=>r({type:"shown",roomId:y,parentId:E,messageId:A})}}function Ko({client:t}){let e=()=>new URL(".",document.baseURI).href;return{listConnectors:()=>t.call("connectors.list",{url:e()}),listGrants:()=>t.call("grants.list").then(({grants:n})=>n),revokeGrant:({grant_id:n})=>t.call("grants.revoke",{grant_id:n})}}var yn={};ye(yn,{actions:()=>Ui,draftOf:()=>Pe,initial:()=>ji,signals:()=>Bi});var ji={drafts:{}},Ui={"drafts.loaded":(t,{drafts:e})=>{let n=Object.fromEntries(Object.entries(t.drafts).filter(([,o])=>o.dirty));for(let[o,s]of Object.entries(e))n[o]??={text:s,dirty:!1,sent:[]};return{...t,drafts:n}},"draft.loaded":(t,{roomId:e,text:n})=>Ve(t,e,o=>o.dirty?{}:{text:n}),"draft.edited":(t,{roomId:e,text:n})=>Ve(t,e,o=>({text:n,dirty:!0,sent:o.sent})),"draft.sending":(t,{roomId:e,text:n})=>Ve(t,e,o=>({sent:[...o.sent,n].slice(-Fi)})),"draft.saved":(t,{roomId:e,text:n})=>Ve(t,e,o=>({dirty:o.dirty&&o.text!==n}))},Bi={draft:(t,{data:{room_id:e,text:n}})=>Ve(t,e,o=>o.sent.includes(n)?{sent:o.sent.filter(s=>s!==n)}:o.dirty?{}:{text:n})},Fi=20,zi={text:"",dirty:!1,sent:[]},Pe=({drafts:t},e)=>t[e??"new"]?.text??"";function Ve(t,e,n){let o=t.drafts[e]??zi;return{...t,drafts:{...t.drafts,[e]:{...o,...n(o)}}}}var Yo=80,Wi=3e3,Tt="new",_n=t=>`basicchat.draft.${t??Tt}`;function Go({store:t,client:e}){let{dispatch:n,get:o}=t,s=new Map,r=new Map,a=new Map,c=new Set;function u(h,$){n({type:"draft.edited",roomId:h??Tt,text:$}),He(_n(h),$||null),h&&m(h,(a.get(h)??0)+Yo-performance.now())}function m(h,$){s.has(h)||c.has(h)||s.set(h,setTimeout(()=>d(h),Math.max(0,$)))}async function d(h){if(clearTimeout(s.get(h)),s.delete(h),c.has(h)||o().connection.status!=="online")return;let $=Pe(o(),h);a.set(h,performance.now()),c.add(h),n({type:"draft.sending",roomId:h,text:$});let b=a.get(h)+Yo;try{await e.call("drafts.set",{room_id:h,text:$}),n({type:"draft.saved",roomId:h,text:$}),o().drafts[h].dirty||He(_n(h),null)}catch(x){b=x.retryAfterMs?performance.now()+x.retryAfterMs:null}finally{c.delete(h)}b!==null&&o().drafts[h]?.dirty&&m(h,b-performance.now())}function f(h){let $=Re(_n(h),"");$&&!o().drafts[h??Tt]?.dirty&&u(h,$)}function g(h){let $=Pe(o(),null);$&&(u(h,$),u(null,""))}function p(h,$){let b=Date.now(),x=r.get(h)??0;($?b-x<Wi:!x)||(r.set(h,$?b:0),e.call("typing.set",{room_id:h,typing:$}).catch(()=>{}))}return{editDraft:u,setTyping:p,restoreDraft:f,moveDraft:g,saveDrafts(){for(let[h,{dirty:$}]of Object.entries(o().drafts))$&&h!==Tt&&d(h)},endTyping(h){r.delete(h)}}}var kn={};ye(kn,{actions:()=>Ki,bumpRoom:()=>vn,events:()=>Yi,initial:()=>Hi,isShared:()=>H,putRoom:()=>Dt,unreadCount:()=>wn});var Hi={rooms:null},Ki={rooms:(t,{rooms:e})=>({...t,rooms:e}),"room.created":(t,{room:e})=>Dt(t,e),open:(t,{roomId:e})=>({...t,roomId:e,view:{name:"chat"},drawer:!1,panel:t.panel?.kind==="documents"?t.panel:null,rooms:Gi(t.rooms,e)})},Yi={"room.updated":(t,e)=>Dt(t,e)},H=t=>(t?.members?.length??0)>1,wn=t=>(t??[]).reduce((e,n)=>e+n.unread,0),Gi=(t,e)=>t?.map(n=>n.room_id===e&&n.unread?{...n,unread:0}:n)??null;function vn(t,{room_id:e,seq:n}){let o=t.rooms?.find(s=>s.room_id===e);return o&&n>o.last_seq?Dt(t,{...o,last_seq:n}):t}function Dt(t,e){let n=(t.rooms??[]).filter(a=>a.room_id!==e.room_id),o=t.rooms?.find(a=>a.room_id===e.room_id),s={...o,...e};return!o||e.last_seq>o.last_seq?{...t,rooms:[s,...n]}:{...t,rooms:t.rooms.map(a=>a===o?s:a)}}var Vi=1e3;function Vo({store:t,client:e,attempt:n,notify:o}){let{dispatch:s,get:r}=t,a=new Map,c=null,u=0;function m(p,h){let $=r().rooms?.find(b=>b.room_id===p);!$||!H($)&&!$.unread||h<=(a.get(p)??0)||(a.set(p,h),clearTimeout(c),c=setTimeout(()=>{u=Date.now(),e.call("rooms.read",{room_id:p,seq:a.get(p)}).catch(()=>{a.delete(p)})},Math.max(0,u+Vi-Date.now())))}async function d(p){let h=await e.call("rooms.create",{name:p});location.hash=se(h.room_id),s({type:"room.created",room:h}),s({type:"open",roomId:h.room_id}),s({type:"panel",panel:{kind:"members"}}),await e.join(h.room_id)}async function f(p){await e.call("rooms.remove",{room_id:p,user_id:r().user.id}),r().roomId===p&&(location.hash=""),o(i(100))}let g=(p,h,$)=>e.call("rooms.invite",{room_id:p,user_id:h,role:$});return{markRead:m,createRoom:d,renameRoom:(p,h)=>n(e.call("rooms.update",{room_id:p,name:h})),deleteRoom:p=>(r().roomId===p&&(location.hash=""),n(e.call("rooms.delete",{room_id:p}))),leaveRoom:p=>n(f(p)),addMember:(p,h,$)=>n(g(p,h,$)),changeRole:(p,h,$)=>n(g(p,h,$)),removeMember:(p,h)=>n(e.call("rooms.remove",{room_id:p,user_id:h}))}}function Xo({store:t,client:e,attempt:n}){let{dispatch:o,get:s}=t,r=null;function a(d,f){if(o({type:"search.started",query:d,roomId:f}),clearTimeout(r),!d.trim())return o({type:"search.found",query:d,roomId:f,messages:null});r=setTimeout(()=>u(d,f),200)}let c=(d,f,g)=>e.call("messages.search",{query:d,limit:50,...f&&{room_id:f},...g&&{before:g}});async function u(d,f){try{o({type:"search.found",query:d,roomId:f,...await c(d,f)})}catch(g){o({type:"search.failed",query:d,roomId:f,error:g})}}async function m(){let{query:d,roomId:f,next:g}=s().search,p=await c(d,f,g);o({type:"search.more",query:d,roomId:f,before:g,...p})}return{searchMore:()=>n(m()),openSearch:(d=null)=>!s().locked&&o({type:"search.open",roomId:d}),closeSearch:()=>o({type:"search.close"}),search:a}}function Jo(t,e){let{dispatch:n,get:o}=t,s=m=>n({type:"notice",notice:{text:m,id:X()}}),r=m=>n({type:"notice",notice:{error:m,id:X()}}),a=m=>m.catch(r),c={store:t,client:e,notify:s,showError:r,attempt:a},u=Go(c);return{notify:s,showError:r,...u,...Ho({...c,moveDraft:u.moveDraft}),...Vo(c),...Xo(c),...zo(c),...Wo(c),...Ko(c),deleteDocument:m=>a(e.call("documents.delete",{document_id:m})),readDocument:(m,d,f)=>e.call("documents.get",{document_id:m,start:d,end:f}),readRun:m=>e.call("runs.get",{run_id:m}),openPanel:m=>n({type:"panel",panel:m}),openDrawer:m=>n({type:"drawer",open:m}),openDialog:m=>n({type:"dialog",dialog:m}),showView:m=>n({type:"view",view:m}),setChoice(m){n({type:"chosen",chosen:m}),He("basicchat.chosen",o().chosen)},reconnect:()=>e.wake()}}var Zo=function(t,e,n,o){var s;e[0]=0;for(var r=1;r<e.length;r++){var a=e[r++],c=e[r]?(e[0]|=a?1:2,n[e[r++]]):e[++r];a===3?o[0]=c:a===4?o[1]=Object.assign(o[1]||{},c):a===5?(o[1]=o[1]||{})[e[++r]]=c:a===6?o[1][e[++r]]+=c+"":a?(s=t.apply(c,Zo(t,c,n,["",null])),o.push(s),c[0]?e[0]|=2:(e[r-2]=0,e[r]=s)):o.push(c)}return o},Qo=new Map;function es(t){var e=Qo.get(this);return e||(e=new Map,Qo.set(this,e)),(e=Zo(this,e.get(t)||(e.set(t,e=(function(n){for(var o,s,r=1,a="",c="",u=[0],m=function(g){r===1&&(g||(a=a.replace(/^\s*\n\s*|\s*\n\s*$/g,"")))?u.push(0,g,a):r===3&&(g||a)?(u.push(3,g,a),r=2):r===2&&a==="..."&&g?u.push(4,g,0):r===2&&a&&!g?u.push(5,0,!0,a):r>=5&&((a||!g&&r===5)&&(u.push(r,0,a,s),r=6),g&&(u.push(r,g,0,s),r=6)),a=""},d=0;d<n.length;d++){d&&(r===1&&m(),m(d));for(var f=0;f<n[d].length;f++)o=n[d][f],r===1?o==="<"?(m(),u=[u],r=3):a+=o:r===4?a==="--"&&o===">"?(r=1,a=""):a=o+a[0]:c?o===c?c="":a+=o:o==='"'||o==="'"?c=o:o===">"?(m(),r=1):r&&(o==="="?(r=5,s=a,a=""):o==="/"&&(r<5||n[d][f+1]===">")?(m(),r===3&&(u=u[0]),r=u,(u=u[0]).push(2,0,r),r=0):o===" "||o==="	"||o===`
`||o==="\r"?(m(),r=2):a+=o),r===3&&a==="!--"&&(r=4,u=u[0])}return m(),u})(t)),e),arguments,[])).length>1?e:e[0]}var R,os,Xi,ce,xn,It,ss,Rt,rs,Cn,Sn,Ji,Je=Symbol.for("pv"),Nt={},qt=[],Qi=/^m(i|n|o|s|text|space)$/,En=Array.isArray,An=qt.slice,ke=Object.assign;function ve(t){t&&t.parentNode&&t.remove()}function is(t,e,n){var o,s,r,a={},c=arguments.length;for(r in e)r=="key"?o=e[r]:r=="ref"&&typeof t!="function"?s=e[r]:a[r]=e[r];return c>2&&(a.children=c>3?An.call(arguments,2):n),Xe(t,a,o,s,null)}function Xe(t,e,n,o,s){var r={type:t,props:e,key:n,ref:o,__k:null,__:null,__b:0,__e:null,__c:null,constructor:Je,__v:s||++os,__i:-1,__u:0};return!s&&R.vnode&&R.vnode(r),r}function Qe(t){return t.children}function Lt(t,e){this.props=t,this.context=e,this.__g=0}function le(t,e){if(e==null)return t.__&&le(t.__,t.__i+1);for(var n;e<t.__k.length;e++)if((n=t.__k[e])&&n.__e)return n.__e;return typeof t.type!="function"||t.props.__P?null:le(t)}function Zi(t){var e,n=t.__v,o=n.__e,s=[],r=[],a=t.__P;a&&((e=ke({constructor:Je},n)).__v=n.__v+1,R.vnode&&R.vnode(e),Mn(a,e,n,t.__n,a.namespaceURI,32&n.__u?[o]:null,s,o||le(n),32&n.__u,r),e.__v=n.__v,e.__.__k[e.__i]=e,ms(s,e,r),n.__=n.__e=null,e.__e!=o&&as(e))}function as(t){if((t=t.__)&&t.__c&&!t.props.__P)return t.__e=null,t.__k.some(function(e){return e&&(t.__e=e.__e)}),as(t)}function ts(t){(8&t.__g||(t.__g|=8,ce.push(t),It++))&&xn==R.debounceRendering||((xn=R.debounceRendering)||queueMicrotask)(cs)}function cs(){try{for(var t,e=1;ce.length;)ce.length>e&&ce.sort(ss),t=ce.shift(),e=ce.length,8&t.__g&&Zi(t)}finally{(It=ce.length)&&(xn||queueMicrotask)(cs)}}function ls(t,e,n,o,s,r,a,c,u,m,d){var f,g,p,h,$,b,x=o.__k||qt,k=e.length;for(u=ea(n,e,x,u,k),f=0;f<k;f++)(p=n.__k[f])!=null&&(g=~p.__i&&x[p.__i]||Nt,p.__i=f,b=Mn(t,p,g,s,r,a,c,u,m,d),h=p.__e,(g.ref!=p.ref||8&g.__u)&&(g.ref&&Tn(g.ref,null,p,g),p.ref&&d.push(p.ref,p.__c||h,p)),$=$||h,4&p.__u?(u=us(p,u,t,!g.__v),g.__e&&(g.__e=null)):typeof p.type=="function"&&b!==void 0?u=b:h&&(u=h.nextSibling),p.__u&=-21);return n.__e=$,u}function ea(t,e,n,o,s){var r,a,c,u,m,d,f,g,p,h=n.length,$=h,b=0,x=0,k=t.__k=Array(s);for(r=0;r<s;r++)(a=e[r])!=null&&typeof a!="boolean"&&typeof a!="function"?(typeof a!="object"||a.constructor===String?a=k[r]=Xe(null,a):En(a)?a=k[r]=Xe(Qe,{children:a}):a.constructor===Je&&a.__b?a=k[r]=Xe(a.type,a.props,a.key,a.ref,a.__v):k[r]=a,u=r+b,a.__=t,a.__b=t.__b+1,c=null,~(m=a.__i=ta(a,n,u,$))&&($--,(c=n[m])&&(c.__u|=2)),c&&c.__v?(a.__u|=16,m==u-1?b--:m==u+1?b++:m!=u&&(m>u?b--:b++,x=1)):(~m||(s>h?b--:s<h&&b++),typeof a.type!="function"&&(a.__u|=4))):k[r]=null;if(x){for(d=[],f=[],r=0;r<s;r++)if((a=k[r])&&16&a.__u){for(b=0,g=d.length;b<g;)d[p=b+g>>1]<a.__i?b=p+1:g=p;d[b]=a.__i,f[r]=b+1}for(b=d.length;r--;)f[r]&&(f[r]==b?b--:k[r].__u|=4)}if($)for(r=0;r<h;r++)!(c=n[r])||2&c.__u||(c.__e==o&&(o=le(c)),Dn(c,c));return o}function us(t,e,n,o){var s,r,a,c;if(typeof t.type=="function"){if(t.props.__P)return e;if(s=t.__k)for(r=0;r<s.length;r++)s[r]&&(s[r].__=t,e=us(s[r],e,n,!1));return e}for(e&&!e.parentNode&&(e=le(t))&&!e.parentNode&&(e=null),a=t.__e,c=e;c&&c.nodeType==8;)c=c.nextSibling;for(a!=c&&(!o&&n.moveBefore&&a.parentNode?n.moveBefore(a,e):n.insertBefore(a,e||null)),e=a;(e=e&&e.nextSibling)&&e.nodeType==8&&!e.data.startsWith("$s"););return e}function ta(t,e,n,o){var s,r=t.key,a=t.type,c=e[n],u=c&&!(2&c.__u);if(c===null&&r==null||u&&r==c.key&&a==c.type)return n;if(o>(u?1:0)){for(s=n-1;s>=0;s--)if((c=e[s])&&!(2&c.__u)&&r==c.key&&a==c.type)return s;for(s=n+1;s<e.length;s++)if((c=e[s])&&!(2&c.__u)&&r==c.key&&a==c.type)return s}return-1}function ns(t,e,n){n==null&&(n=""),e[0]=="-"?t.setProperty(e,n):t[e]=n}function Ot(t,e,n,o,s){var r,a;if(e=="style")if(typeof n=="string")t.style.cssText=n;else{if(typeof o=="string"&&(t.style.cssText=o=""),o)for(e in o)n&&e in n||ns(t.style,e);if(n)for(e in n)o&&n[e]==o[e]||ns(t.style,e,n[e])}else if(e[0]=="o"&&e[1]=="n")typeof n!="function"&&(n=null),typeof o!="function"&&(o=null),(t.__e||(t.__e={}))[e]=n,n&&o||(a=Sn[e]||(Sn[e]=na(e)),(t.__a||(t.__a={}))[e]=Cn,r=e!=(e=e.replace(rs,"$1")),(e=e.slice(2))[0]<"a"&&(e=e.toLowerCase()),n?t.addEventListener(e,a,r):t.removeEventListener(e,a,r));else{if(s=="http://www.w3.org/2000/svg")e=e.replace(/xlink(H|:h)/,"h").replace(/sName$/,"s");else if(e!="width"&&e!="height"&&e!="href"&&e!="list"&&e!="form"&&e!="tabIndex"&&e!="download"&&e!="rowSpan"&&e!="colSpan"&&e!="role"&&e!="popover"&&e in t)try{return void(t[e]=n??"")}catch{}if(typeof n=="function")return;n==null||n===!1&&e[4]!="-"?t.removeAttribute(e):t.setAttribute(e,e=="popover"&&n==1?"":n)}}function na(t){return function(e){var n=this.__e;if(n){if(n=n[t],e[Rt]==null)e[Rt]=Cn++;else if(e[Rt]<this.__a[t])return;return n(R.event?R.event(e):e)}}}function Mn(t,e,n,o,s,r,a,c,u,m){var d,f,g,p,h,$,b,x,k,w,y,E,A,C,U,at,J,be,ie=e.type;if(e.constructor!==Je)return null;128&n.__u&&(u=32&n.__u,d=n.__c.__z)&&(e.__u|=u,f=r=[],d.nodeType==8?c=Pt(d,r):r.push(d),c=r[0]||c),(d=R.__b)&&d(e);e:if(typeof ie=="function"){g=a.length;try{if(x=e.props,k=(d=ie.prototype)&&d.render,w=(d=ie.contextType)&&o[d.__c],y=d?w?w.props.value:d.__:o,(p=n.__c)?(e.__c=p,2&p.__g&&(p.__g|=1)):(k?e.__c=p=new ie(x,y):(e.__c=p=new Lt(x,y),p.constructor=ie,p.render=sa),w&&w.sub(p),p.state||(p.state={}),p.__n=o,p.__g|=8,p.__h=[],p.__k=[]),k&&(p.__s||(p.__s=p.state),ie.getDerivedStateFromProps&&(p.__s==p.state&&(p.__s=ke({},p.__s)),ke(p.__s,ie.getDerivedStateFromProps(x,p.__s)))),h=p.props,$=p.state,p.__v=e,n.__c){if(x!==h&&k&&!ie.getDerivedStateFromProps&&p.componentWillReceiveProps&&p.componentWillReceiveProps(x,y),e.__v==n.__v&&!(8&p.__g)||!(4&p.__g)&&p.shouldComponentUpdate&&p.shouldComponentUpdate(x,p.__s,y)===!1){e.__v!=n.__v&&(p.props=x,p.state=p.__s,p.__g&=-9),e.__e=n.__e,e.__k=n.__k,e.__k.some(function(ee){ee&&(ee.__=e)}),qt.push.apply(p.__h,p.__k),p.__k=[],p.__h.length&&a.push(p),c=le(n);break e}p.componentWillUpdate&&p.componentWillUpdate(x,p.__s,y),k&&p.componentDidUpdate&&p.__h.push(function(){p.componentDidUpdate(h,$,b)})}else k&&!ie.getDerivedStateFromProps&&p.componentWillMount&&p.componentWillMount(),k&&p.componentDidMount&&p.__h.push(p.componentDidMount);p.context=y,p.props=x,p.__P=t,p.__g&=-5,E=R.__r,A=k?25:0;do p.__g&=-9,E&&E(e),d=p.render(p.props,p.state=p.__s,p.context);while(8&p.__g&&++A<25);k&&(qt.push.apply(p.__h,p.__k),p.__k=[]),p.state=p.__s,p.getChildContext&&(o=ke({},o,p.getChildContext())),k&&n.__c&&p.getSnapshotBeforeUpdate&&(b=p.getSnapshotBeforeUpdate(h,$)),C=d&&d.type===Qe&&d.key==null?d.props.children:d,x.__P&&(d=c,s=(t=x.__P).namespaceURI,u=r=null,n.props&&n.props.__P!=t&&(n.__k.some(function(ee){ee&&Dn(ee,ee)}),n.__k=null),c=n.__k?le(n,0):null),c=ls(t,En(C)?C:[C],e,n,o,s,r,a,c,u,m),x.__P&&(e.__e=null,c=d),e.__u&=-161,f&&f.some(ve),p.__h.length&&a.push(p),1&p.__g&&(p.__g&=-4)}catch(ee){if(a.length=g,e.__v=null,u||r)if(ee&&ee.then){if(e.__u|=128|u,r){for(~(J=r.indexOf(c||void 0))||(J=r.length);(be=r[J-1])&&be.nodeType==8;)J--;for(;J<r.length;J++)if(be=r[J])if(r[J]=null,U){if(be==at)break}else{if(be.nodeType!=8)break;be.data.startsWith("$s")&&(at=Pt(U=be))}}if(!U){for(;c&&c.nodeType==8&&c.nextSibling;)c=c.nextSibling;U=c}(d=Pt(U=e.__c.__z||(e.__c.__z=U)))?(e.__e=U,c=d):e.__e=c,c=c&&c.nextSibling}else r&&r.some(ve);else e.__e=n.__e;e.__k||(e.__k=n.__k||[]),ee&&ee.then||ds(e),R.__e(ee,e,n)}}else c=e.__e=oa(n.__e,e,n,o,s,r,a,u,m,t);return(d=R.diffed)&&d(e),c}function Pt(t,e){if(t&&t.nodeType==8&&t.data.startsWith("$s"))for(var n=1;t=t.nextSibling;){if(t.nodeType==8){if(t.data.startsWith("$s"))n++;else if(t.data.startsWith("/$s")&&!--n)return t}e&&e.push(t)}}function ds(t){t&&(t.__c&&(t.__c.__g|=4),t.__k&&t.__k.some(ds))}function ms(t,e,n){for(var o=0;o<n.length;)Tn(n[o++],n[o++],n[o++]);R.__c&&R.__c(e,t),t.some(function(s){try{t=s.__h,s.__h=[],t.some(function(r){r.call(s)})}catch(r){R.__e(r,s.__v)}})}function oa(t,e,n,o,s,r,a,c,u,m){var d,f,g,p,h,$,b,x,k=n.props||Nt,w=e.props,y=e.type;if(y=="svg"?s="http://www.w3.org/2000/svg":y=="math"?s="http://www.w3.org/1998/Math/MathML":s||(s="http://www.w3.org/1999/xhtml"),r){for(d=0;d<r.length;d++)if((h=r[d])&&(y?h.localName==y:h.nodeType==3)){t=h,r[d]=null;break}}if(!t){if(x=m.ownerDocument||document,!y)return x.createTextNode(w);t=x.createElementNS(s,y,w.is?w:m),c&&(R.__m&&R.__m(e,r),c=!1),r=null}if(y){if(m=y=="template"&&t.content||t,r=y=="textarea"&&w.defaultValue!=null?null:r&&An.call(m.childNodes),!c&&r)for(k={},d=0;d<t.attributes.length;d++)k[(h=t.attributes[d]).name]=h.value;for(d in k)h=k[d],d=="dangerouslySetInnerHTML"?g=h:d=="children"||d in w||d=="value"&&"defaultValue"in w||d=="checked"&&"defaultChecked"in w||Ot(t,d,null,h,s);for(d in w)h=w[d],d=="children"?p=h:d=="dangerouslySetInnerHTML"?f=h:d=="value"?$=h:d=="checked"?b=h:c&&typeof h!="function"||k[d]===h||Ot(t,d,h,k[d],s);f?(c||g&&(f.__html==g.__html||f.__html==t.innerHTML)||(t.innerHTML=f.__html),e.__k=[]):(g&&(t.textContent=""),(y=="foreignObject"||s=="http://www.w3.org/1998/Math/MathML"&&Qi.test(y))&&(s="http://www.w3.org/1999/xhtml"),ls(m,En(p)?p:[p],e,n,o,s,r,a,r?r[0]:n.__k&&le(n,0),c,u),r&&r.some(ve)),c&&y!="textarea"||(d="value",y=="progress"&&$==null?t.removeAttribute(d):$==null||$===t[d]&&(y!="progress"||$)||Ot(t,d,$,k[d],s),d="checked",b!=null&&b!=t[d]&&Ot(t,d,b,k[d],s))}else k===w||c&&t.data==w||(t.data=w);return t}function Tn(t,e,n,o){try{typeof t=="function"?e?e.__x=t(e)||1:o&&(o=o.__c||o.__e)&&(e=o.__x)&&(o.__x=null,typeof e=="function"?e():t(null)):t.current=e}catch(s){R.__e(s,n)}}function Dn(t,e,n){var o,s,r,a;if(R.unmount&&R.unmount(t),!(o=t.ref)||o.current&&o.current!=t.__e||Tn(o,null,e,t),o=t.__c){if(o.componentWillUnmount)try{o.componentWillUnmount()}catch(c){R.__e(c,e)}o.__P=o.__n=null}if(o=t.__k)for(a=0;a<o.length;a++)o[a]&&Dn(o[a],e,typeof t.type!="function"||n&&!t.props.__P);!n&&(o=t.__c)&&(o=o.__z)&&(s=Pt(o,r=[]))&&(o==t.__e&&r.some(ve),ve(s),ve(o)),n||ve(t.__e),t.__e=t.__c=t.__=null}function sa(t,e,n){return this.constructor(t,n)}function On(t,e){var n,o,s,r;R.__&&R.__(t,e),e.nodeType==9&&(e=e.documentElement),o=(n=t&&32&t.__u)?null:e.__k,e.__k=Xe(Qe,{children:[t]}),s=[],r=[],Mn(e,e.__k,o||Nt,Nt,e.namespaceURI,o?null:e.firstChild?An.call(e.childNodes):null,s,o?o.__e:e.firstChild,n,r),ms(s,e.__k,r),e.__k.props.children=null}R={__e:function(t,e,n,o){for(var s,r,a;e=e.__;)if((s=e.__c)&&!(1&s.__g)){s.__g|=4;try{if((a=(r=s.constructor)&&r.getDerivedStateFromError)&&s.setState(r.getDerivedStateFromError(t)),s.componentDidCatch&&(s.componentDidCatch(t,o||{}),a=1),a&&8&s.__g)return void(s.__g|=2)}catch(c){t=c}}throw It=0,t}},os=0,Xi=function(t){return t!=null&&t.constructor===Je},Lt.prototype.setState=function(t,e){var n=this.__s;n&&n!=this.state||(n=this.__s=ke({},this.state)),typeof t=="function"&&(t=t(ke({},n),this.props)),t&&(ke(n,t),this.__v&&(e&&this.__k.push(e),ts(this)))},Lt.prototype.forceUpdate=function(t){this.__v&&(this.__g|=4,t&&this.__h.push(t),ts(this))},Lt.prototype.render=Qe,ce=[],It=0,ss=function(t,e){return t.__v.__b-e.__v.__b},Rt=Symbol(),rs=/(PointerCapture)$|Capture$/i,Cn=0,Sn={},Ji=0;var xe,P,Rn,ps,Ln=Object.is,jt=0,vs=[],Pn=[],N=R,fs=N.__b,hs=N.__r,$s=N.diffed,gs=N.__c,bs=N.unmount,ys=N.__;function et(t,e){N.__h&&N.__h(P,t,jt||e),jt=0;var n=P.__H||(P.__H={__:[],__h:[]});return t>=n.__.length&&n.__.push({}),n.__[t]}function _(t){return jt=1,ra(ks,t)}function ra(t,e,n){var o=et(xe++,2);if(o.t=t,!o.__c&&(o.__=[n?n(e):ks(void 0,e),function(r){var a=(o.__N||o.__)[0],c=o.t(a,r);Ln(a,c)||(o.__N=[c,o.__[1]],o.__c.setState({}))}],o.__c=P,!P.__f)){P.__f=!0;var s=P.shouldComponentUpdate;P.shouldComponentUpdate=function(r,a,c){var u=this.__H;if(!u)return!0;var m=!1,d=this.props!=r;if(u.__.some(function(g){g.__N&&(m=!0,Ln(g.__[0],g.__N[0])||(d=!0))}),s){var f=s.call(this,r,a,c);return m?f||d:f}return!m||d}}return o.__}function T(t,e){var n=et(xe++,3);!N.__s&&qn(n.__H,e)&&(n.__P=!0,n.__=t,n.u=e,P.__H.__h.push(n))}function D(t,e){var n=et(xe++,4);!N.__s&&qn(n.__H,e)&&(n.__P=!1,n.__=t,n.u=e,P.__h.push(n))}function M(t){return jt=5,Q(function(){return{current:t}},[])}function Q(t,e){var n=et(xe++,7);return qn(n.__H,e)&&(n.__=t(),n.__H=e),n.__}function Nn(t){var e=et(xe++,10),n=_();return e.__=t,P.componentDidCatch||(P.componentDidCatch=function(o,s){e.__&&e.__(o,s),n[1](o)}),[n[0],function(){return n[1]()}]}function ia(){var t;do{for(;t=Pn.shift();)try{Ze(t)}catch(n){N.__e(n,{__:(t=t.__P)&&t.__v})}for(;t=vs.shift();){var e=t.__H;if(t.__P&&e)try{e.__h.some(Ze),e.__h.some(In),e.__h=[]}catch(n){e.__h=[],N.__e(n,t.__v)}}}while(Pn.length)}N.__b=function(t){P=null,fs&&fs(t)},N.__=function(t,e){t&&e.__k&&e.__k.__m&&(t.__m=e.__k.__m),ys&&ys(t,e)},N.__r=function(t){hs&&hs(t),xe=0;var e=(P=t.__c).__H;e&&(Rn==P?P.__h=[]:(e.__h.some(Ze),e.__h.some(In),xe=0),e.__h=[],e.__.some(function(n){n.__N&&(n.__=n.__N),n.u=n.__N=void 0})),Rn=P},N.diffed=function(t){$s&&$s(t);var e=t.__c;e&&e.__H&&(e.__H.__h.length&&ws(vs.push(e)),e.__H.__.some(function(n){n.u&&(n.__H=n.u)})),Rn=P=null},N.__c=function(t,e){e.some(function(n){try{n.__h.some(Ze),n.__h=n.__h.filter(function(o){return!o.__||In(o)})}catch(o){n.__h=[function(){throw o}]}}),gs&&gs(t,e)},N.unmount=function(t){bs&&bs(t);var e,n,o=t.__c;o&&o.__H&&(o.__H.__.some(function(s){try{if(s.__P&&s.__c){if(n===void 0){for(n=t.__;n&&(!n.__c||!n.__c.__P);)n=n.__;n=n&&n.__c}s.__P=n,ws(Pn.push(s))}else Ze(s)}catch(r){e=r}}),o.__H=void 0,e&&N.__e(e,o.__v))};var _s=typeof requestAnimationFrame=="function";function aa(t){var e,n=function(){clearTimeout(o),_s&&cancelAnimationFrame(e),setTimeout(t)},o=setTimeout(n,35);_s&&(e=requestAnimationFrame(n))}function ws(t){t!=1&&ps==N.requestAnimationFrame||((ps=N.requestAnimationFrame)||aa)(ia)}function Ze(t){var e=P,n=t.__c;typeof n=="function"&&(t.__c=void 0,n()),P=e}function In(t){var e=P;t.__c=t.__(),P=e}function qn(t,e){return!t||t.length!=e.length||e.some(function(n,o){return!Ln(n,t[o])})}function ks(t,e){return typeof e=="function"?e(t):e}var l=es.bind(is);var xs=["guest","member","admin","owner"],Ss=["owner","member","viewer"],Ut=Object.fromEntries(xs.map((t,e)=>[t,e])),Cs=(t,e)=>(Ut[t?.role]??-1)>=Ut[e],K=t=>Cs(t,"member"),ue=K,Bt=K,jn=K,Es=K,de=t=>Cs(t,"admin");function As(t,e){return!de(t)||t.id===e.id?!1:t.role==="owner"||Ut[t.role]>Ut[e.role]}function Ft(t){return t?.role==="owner"?xs:de(t)?["guest","member"]:jn(t)?["guest"]:[]}var ae=t=>!t||t.role!=="viewer",tt=t=>t?.role==="owner",Un=(t,e,n)=>t.author.id===e&&!t.deleted_at&&ae(n);function zt(t,e,n,o){return t.deleted_at||!ae(n)?!1:(t.author.kind==="assistant"?o?.author.id:t.author.id)===e||tt(n)}var ca=8;function Y({id:t,name:e,status:n,size:o=""}){return l`
<span class=${`avatar ${o}`} data-hue=${ua(t??e)}
aria-hidden="true">${la(e)}${n&&l`<span class="presence" data-status=${n}></span>`}</span>
`}function la(t){let e=[...t.trim().split(/\s+/)].filter(Boolean);return(e.length>1?[e[0],e.at(-1)]:e).map(o=>[...o][0].toUpperCase()).join("")||"?"}function ua(t){let e=0;for(let n of t)e=(e*31+n.codePointAt(0))%65521;return e%ca}function Se(t){let e=["B","kB","MB","GB"],n=t;for(;n>=1024&&e.length>1;)n/=1024,e.shift();let o=hn(n,e[0]!=="B"&&n<10?1:0);return S(26,e[0],{n:o})}function Wt(t){return t<1e3?S(27,"ms",{n:Math.round(t)}):S(27,"s",{n:hn(t/1e3,1)})}function me(t){return t.length<2?t.join(""):i(25,{first:t.slice(0,-1).join(i(23)),last:t.at(-1)})}var Z=t=>t.filter(Boolean).join(i(24)),Ms=Ke({hour:"2-digit",minute:"2-digit"}),Ts=Ke({weekday:"long",day:"numeric",month:"long"}),Ce=Ke({day:"numeric",month:"short",year:"numeric"}),pe=Ke({dateStyle:"medium",timeStyle:"short"});function Ie({page:t,line_start:e,line_end:n}){return t?i(31,{page:t}):e?n>e?i(33,{first:e,last:n}):i(32,{line:e}):""}function Ds(t,e,n,o){let s=Ue(t,Math.max(0,n-e)),r=Ue(t,Math.max(0,o-e));return[t.slice(0,s),t.slice(s,r),t.slice(r)]}var Os=t=>t.charAt(0).toUpperCase()+t.slice(1);function O({kind:t,reason:e,params:n={},message:o,hint:s}={}){let r=S(40,e,n)??S(40,t,n),a=r??o??i(42),c=S(41,e,n)??S(41,t,n),u=!r&&s||c;return{message:a.replace(/([^.!?])$/,"$1."),hint:u??""}}var G=({text:t,codeClass:e})=>(t??"").split("`").map((n,o)=>o%2?l`<code class=${e}>${n}</code>`:n);function B(t){let[e,n]=_(!1),[o,s]=_(null),r=M(!0);return T(()=>()=>r.current=!1,[]),{busy:e,problem:o,submit:async c=>{if(c?.preventDefault(),!e){n(!0),s(null);try{await t()}catch(u){r.current&&s(u)}r.current&&n(!1)}},setProblem:s}}function Ht(t,e=!0){D(()=>{e&&matchMedia("(hover: hover)").matches&&t.current.querySelector("input").focus()},[e])}function q({error:t,id:e}){let n=da(t),{message:o,hint:s}=t?O(t):{},r=!!t?.retryAfterMs,a=r&&Math.ceil(t.retryAfterMs/1e3);return l`
<div id=${e} class="problem" role="alert">${t&&l`<${G} text=${[o,!r&&s].filter(Boolean).join(" ")} />
${r&&l`<span class="visually-hidden">${i(45,{seconds:a})}</span>`}`}</div>
${r&&l`<p class="problem" aria-hidden="true">${n>0?i(45,{seconds:n}):i(46)}</p>`}
`}function da(t){let[e,n]=_(0);return T(()=>{if(!t?.retryAfterMs)return;let o=Date.now()+t.retryAfterMs,s=()=>n(Math.max(0,Math.ceil((o-Date.now())/1e3)));s();let r=setInterval(s,500);return()=>clearInterval(r)},[t]),e}var ma=0,Rs=()=>_(()=>`field-${++ma}`)[0];function W({label:t,hint:e,...n}){let o=Rs();return l`
<div class="field">
<label for=${o}>${t}</label>
<input id=${o} ...${n} aria-describedby=${e?`${o}-hint`:null} />
${e&&l`<small id=${`${o}-hint`} class="muted">${e}</small>`}
</div>
`}function F({label:t,options:e,value:n,onPick:o,quiet:s=!1,hint:r,...a}){let c=Rs();return l`
<div class=${s?"quiet-select":"field"}>
<label for=${c} class=${s?"visually-hidden":""}>${t}</label>
<select id=${c} class="select" value=${n} ...${a}
aria-describedby=${r?`${c}-hint`:null}
onChange=${u=>o(u.target.value)}>
${e.map(u=>l`<option key=${u.value} value=${u.value}
selected=${u.value===n}>${u.text}</option>`)}
</select>
${r&&l`<small id=${`${c}-hint`} class="muted">${r}</small>`}
</div>
`}var te=t=>Object.fromEntries(new FormData(t));var Ls={plus:"M12 5v14M5 12h14",menu:"M4 7h16M4 12h16M4 17h10",files:"M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zM14 3v5h5M9 13h6M9 17h4",send:"M12 19V5M6 11l6-6 6 6",stop:"M8 8h8v8H8z",copy:"M9 9h10v10a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2zM16 5a2 2 0 0 0-2-2H5a2 2 0 0 0-2 2v9a2 2 0 0 0 2 2",check:"M5 12.500l4.500 4.500L19 7.500",retry:"M4 12a8 8 0 0 1 13.700-5.600L20 8.700M20 4v4.700h-4.700M20 12a8 8 0 0 1-13.700 5.600L4 15.300M4 20v-4.700h4.700",close:"M6 6l12 12M18 6L6 18",trash:"M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",pencil:"M4 20l1-4L16.500 4.500a2.100 2.100 0 0 1 3 3L8 19z",sun:"M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.400 1.400M17.600 17.600L19 19M5 19l1.400-1.400M17.600 6.400L19 5",moon:"M20 14.500A8.500 8.500 0 0 1 9.500 4 8.500 8.500 0 1 0 20 14.500z",down:"M6 9.500l6 6 6-6",left:"M14.500 6l-6 6 6 6",right:"M9.500 6l6 6-6 6",clip:"M20 11.500l-8 8a5 5 0 0 1-7-7l8.500-8.500a3.400 3.400 0 0 1 4.800 4.800L10 17.100a1.700 1.700 0 0 1-2.400-2.400L15 7.500",upload:"M12 15V4M7.500 8.500L12 4l4.500 4.500M4 16v3a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-3",alert:"M12 8v5M12 16.500v.1M10.300 4L2.700 17.500A2 2 0 0 0 4.400 20.500h15.200a2 2 0 0 0 1.700-3L13.700 4a2 2 0 0 0-3.400 0z",more:"M5 12h.01M12 12h.01M19 12h.01",people:"M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 20c0-3.600 2.900-6 6.500-6s6.500 2.400 6.500 6M16 4.300a3.500 3.500 0 0 1 0 6.400M18 14.400c2.100.800 3.500 2.800 3.500 5.600",search:"M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20.500 20.500L16 16",at:"M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM16 8v5.500a2.500 2.500 0 0 0 5 0V12a9 9 0 1 0-3.600 7.200",key:"M8 18a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9zM11.500 10.500L20 2M16.500 5.500l3 3",link:"M10 14a4 4 0 0 0 6 .400l3-3a4 4 0 0 0-5.700-5.700l-1.300 1.300M14 10a4 4 0 0 0-6-.400l-3 3a4 4 0 0 0 5.700 5.700l1.300-1.300",out:"M14 4h4a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-4M10 16l-4-4 4-4M6 12h10",shield:"M12 3l7.500 3v5.500c0 4.500-3 8-7.500 9.500-4.500-1.500-7.500-5-7.500-9.500V6z",user:"M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20.500c.500-3.900 3.600-6.500 7.500-6.500s7 2.600 7.500 6.500",up:"M7 11v9H4v-9zM7 11l4-8a2.500 2.500 0 0 1 2.500 2.500V9h5.300a2 2 0 0 1 2 2.400l-1.400 7a2 2 0 0 1-2 1.600H7",forward:"M5 5l8 7-8 7zM14 5l7 7-7 7z",pause:"M8 5v14M16 5v14",play:"M7 4.500l12 7.500-12 7.500z",download:"M12 4v11M7.500 10.500L12 15l4.500-4.500M4 16v3a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-3"},pa={"down-thumb":"up"},v=({name:t,size:e=20})=>l`
<svg class=${`icon icon-${t}`} width=${e} height=${e} viewBox="0 0 24 24"
aria-hidden="true" focusable="false">
<path d=${Ls[t]??Ls[pa[t]]} />
</svg>
`,V=({icon:t,label:e,...n})=>l`
<button type="button" class="icon-button" aria-label=${e} title=${e} ...${n}><${v}
name=${t} /></button>
`,oe=({size:t=28})=>l`
<img class="logo" src="favicon.svg" width=${t} height=${t} alt="" />
`;function z({label:t,onClose:e,className:n="",children:o}){let s=M(),r=M(!1);D(()=>{let u=s.current,m=document.activeElement;return u.showModal(),u.querySelector("[data-focus]")?.focus(),()=>{r.current=!0,u.close(),m?.focus()}},[]);let a=()=>!r.current&&e(),c=u=>u.target===s.current&&e();return l`
<dialog ref=${s} class=${`modal ${n}`} aria-label=${t} onClose=${a}
onClick=${c}>
<div class="modal-body">${o}</div>
</dialog>
`}async function re(t){if(navigator.clipboard)return navigator.clipboard.writeText(t);let e=document.createElement("textarea");e.value=t,document.body.append(e),e.select(),document.execCommand("copy"),e.remove()}function Kt({label:t,value:e}){let[n,o]=_(!1);return l`
<div class="copy-field">
<label class="field"><span>${t}</span>
<input readonly value=${e} spellcheck=${!1}
onFocus=${r=>r.target.select()} /></label>
<button type="button" class="button primary" data-focus onClick=${async()=>{await re(e),o(!0),setTimeout(()=>o(!1),2e3)}}><${v}
name=${n?"check":"copy"}
size=${16} /> ${n?i(4):i(5)}</button>
<span class="visually-hidden" role="status">${n?i(4):""}</span>
</div>
`}function Ee({title:t,text:e,label:n,value:o,close:s}){return l`
<${z} label=${t} onClose=${s}>
<h2>${t}</h2>
<p>${e}</p>
<${Kt} label=${n} value=${o} />
<div class="modal-buttons">
<button type="button" class="button" onClick=${s}>${i(8)}</button>
</div>
<//>
`}var fa=()=>[{value:"",text:i(336)},{value:"7",text:i(28,{count:7})},{value:"30",text:i(28,{count:30})},{value:"365",text:i(29,{count:1})}];function Bn({state:t,actions:e,userId:n}){let o=t.keys[n],[s,r]=_(null);T(()=>{e.loadKeys(n).catch(r)},[n]);let a=c=>$a(c,e,()=>e.revokeKey(c).catch(e.showError));return s?l`<p class="problem" role="alert">${O(s).message}</p>`:o?o.length?l`<ul class="rows" aria-label=${i(316)}>
${o.map(c=>l`<li class="row" key=${c.key_id}>
<${v} name="key" />
<span class="row-text"><span class="row-name">${c.label}</span>
<span class="muted">${ha(c)}</span></span>
<button type="button" class="button danger-text"
aria-label=${i(323,{label:c.label})}
onClick=${()=>a(c)}>${i(18)}</button>
</li>`)}
</ul>`:l`<p class="muted">${i(319)}</p>`:l`<p class="waiting">${i(318)}</p>`}function ha({scopes:t,created_at:e,expires_at:n,last_used_at:o}){return Z([i(326,{scopes:me(t.map(s=>S(38,s)))}),i(327,{date:Ce(e)}),n&&i(328,{date:Ce(n)}),o?i(329,{date:pe(o)}):i(330)])}function $a(t,e,n){e.openDialog({title:i(324,{label:t.label}),text:i(325),verb:i(18),onConfirm:n})}function Ps({user:t,state:e,actions:n,close:o}){let s=t??e.user,[r,a]=_(""),[c,u]=_(null),{busy:m,problem:d,submit:f}=B(async()=>{let{label:g,write:p,admin:h}=te(document.getElementById("new-key")),$=["read",p&&"write",h&&"admin"].filter(Boolean),b={label:g.trim(),scopes:$,...r&&{days:Number(r)}};u(await n.createKey(s.id,b))});return c?l`<${Ee} label=${i(342)} value=${c} close=${o}
title=${t?i(339,{name:t.name}):i(338)}
text=${t?i(341,{name:t.name}):i(340)} />`:l`
<${z} label=${i(321)} onClose=${o}>
<form id="new-key" class="stack" onSubmit=${f}>
<h2>${t?i(322,{name:t.name}):i(321)}</h2>
<${W} label=${i(331)} name="label" maxlength="100" required data-focus
placeholder=${i(332)} autocomplete="off" />
<fieldset class="checks"><legend>${i(333)}</legend>
<label class="check"><input
type="checkbox" checked disabled /> ${S(334,"read")}</label>
<label class="check"><input type="checkbox"
name="write" defaultChecked /> ${S(334,"write")}</label>
${de(s)&&l`<label class="check"><input type="checkbox"
name="admin" /> ${S(334,"admin")}</label>`}
</fieldset>
<${F} label=${i(335)} value=${r} options=${fa()}
onPick=${a} />
<${q} error=${d} />
<div class="modal-buttons">
<button type="button" class="button" onClick=${o}>${i(1)}</button>
<button class="button primary" disabled=${m}>${i(337)}</button>
</div>
</form>
<//>
`}function Is({user:t,state:e,actions:n,close:o}){return l`
<${z} label=${i(317,{name:t.name})} className="wide" onClose=${o}>
<h2>${i(317,{name:t.name})}</h2>
<${Bn} state=${e} actions=${n} userId=${t.id} />
<div class="modal-buttons">
${e.user.role==="owner"&&Bt(t)&&l`<button type="button" class="button"
onClick=${()=>n.openDialog({kind:"new-key",user:t})}>${i(320)}</button>`}
<button type="button" class="button" data-focus
onClick=${o}>${i(2)}</button>
</div>
<//>
`}function Ns({state:t,actions:e}){let{user:n}=t;return n?l`
<div class="view-scroll" tabindex="-1"><div class="view">
<h1>${i(301)}</h1>
<div class="me"><${Y} id=${n.id} name=${n.name} size="large" />
<div><p class="me-name">${n.name}</p>
<p class="muted">${i(302,{role:S(34,n.role),hint:S(35,n.role)})}</p></div></div>
<${ga} actions=${e} />
${Bt(n)&&l`<section aria-labelledby="keys-title">
<h2 id="keys-title">${i(316)}</h2>
<p class="muted">${i(303)}</p>
<${Bn} state=${t} actions=${e} userId=${n.id} />
<button type="button" class="button"
onClick=${()=>e.openDialog({kind:"new-key"})}><${v} name="plus" size=${16}
/> ${i(320)}</button>
</section>`}
<${ba} actions=${e} />
</div></div>
`:l`<p class="waiting view">${i(3)}</p>`}function ga({actions:t}){let e=M(),{busy:n,problem:o,submit:s}=B(async()=>{let{current:r,password:a,repeated:c}=te(e.current);if(a!==c)throw new Error(i(308));await t.changePassword(r,a),e.current?.reset()});return l`
<section aria-labelledby="password-title">
<h2 id="password-title">${i(13)}</h2>
<form ref=${e} class="stack narrow-form" onSubmit=${s}>
<${W} label=${i(304)} name="current" type="password"
autocomplete="current-password"
hint=${i(305)} />
<${W} label=${i(306)} name="password" type="password"
minlength="8" required
autocomplete="new-password" hint=${i(14)} />
<${W} label=${i(307)} name="repeated" type="password" required
autocomplete="new-password" />
<${q} error=${o} />
<div><button class="button primary"
disabled=${n}>${i(309)}</button></div>
</form>
</section>
`}function ba({actions:t}){let e=()=>t.openDialog({title:i(314),text:i(315),verb:i(313),onConfirm:()=>t.logOutEverywhere().catch(t.showError)});return l`
<section aria-labelledby="logins-title">
<h2 id="logins-title">${i(311)}</h2>
<div class="buttons">
<button type="button" class="button"
onClick=${()=>t.logOut().catch(t.showError)}><${v} name="out" size=${16}
/> ${i(312)}</button>
<button type="button" class="button danger-text"
onClick=${e}>${i(313)}</button>
</div>
</section>
`}function qs({state:t,actions:e}){let{invitations:n,directory:o,rooms:s}=t,[r,a]=_(null);T(()=>{e.loadInvitations().catch(a),e.loadDirectory().catch(a)},[]);let c=d=>o?.find(f=>f.id===d)?.name??i(393),u=d=>s?.find(f=>f.room_id===d)?.name??i(394),m=d=>e.openDialog({title:i(398),text:i(399),verb:i(397),onConfirm:()=>e.revokeInvitation(d.invitation_id).catch(e.showError)});return l`
<div class="view-tools">
<button type="button" class="button primary"
onClick=${()=>e.openDialog({kind:"invite-to-server"})}><${v} name="link"
size=${18} /> ${i(343)}</button>
</div>
${r&&l`<p class="problem" role="alert">${O(r).message}</p>`}
${!n&&!r&&l`<p class="waiting">${i(389)}</p>`}
${n?.length===0&&l`<p class="muted">${i(390)}</p>`}
<ul class="rows" aria-label=${S(358,"invitations")}>
${n?.map(d=>l`<li class="row" key=${d.invitation_id}>
<${v} name="link" />
<span class="row-text">
<span class="row-name">${ya(d,u)}</span>
<span class="muted">${Z([i(392,{name:c(d.inviter_id)}),i(395,{count:d.uses_left}),i(396,{date:pe(d.expires_at)})])}</span>
</span>
<button type="button" class="button danger-text"
onClick=${()=>m(d)}>${i(397)}</button>
</li>`)}
</ul>
`}function ya({role:t,room_id:e,room_role:n},o){let s={role:S(34,t),roomRole:S(37,n)};return e?i(391,{...s,room:o(e)}):s.role}function fe(t,e){let n=[...t.currentTarget.querySelectorAll(e)],o=n.indexOf(document.activeElement);if(o<0)return;let s={ArrowDown:o+1,ArrowUp:o-1,Home:0,End:n.length-1}[t.key];s!==void 0&&(t.preventDefault(),n[Math.min(Math.max(s,0),n.length-1)].focus())}var Yt=t=>t.key==="Enter"&&!t.shiftKey&&!t.altKey&&!t.isComposing&&t.keyCode!==229;var Gt=8;function ne({label:t,items:e,icon:n="more",children:o,...s}){let[r,a]=_(!1),c=M(),u=M(),m=e.filter(Boolean);if(D(()=>{r&&(u.current.showPopover(),_a(u.current,c.current),u.current.querySelector("[role=menuitem]")?.focus())},[r]),!m.length)return null;let d=()=>{a(!1),c.current?.focus()},f=p=>{p.key==="Escape"||p.key==="Tab"?(p.preventDefault(),d()):fe(p,"[role=menuitem]")},g=p=>p.newState==="closed"&&a(!1);return l`
<button type="button" ref=${c} class="icon-button small" title=${t}
aria-label=${o?null:t} aria-haspopup="menu" aria-expanded=${r} ...${s}
onClick=${()=>a(!r)}>${o??l`<${v} name=${n} size=${18} />`}</button>
${r&&l`<div ref=${u} class="menu" role="menu" aria-label=${t} popover="auto"
onKeyDown=${f} onToggle=${g}>
${m.map(p=>l`<button type="button" role="menuitem" tabindex="-1" key=${p.text}
class=${`menu-item ${p.danger?"danger":""}`} onClick=${()=>{d(),p.act()}}><${v} name=${p.icon} size=${18} />${p.text}</button>`)}
</div>`}
`}function _a(t,e){let n=e.getBoundingClientRect(),{offsetWidth:o,offsetHeight:s}=t,r=n.bottom+Gt+s<innerHeight,a=Math.min(Math.max(Gt,n.right-o),innerWidth-o-Gt);t.style.left=`${a}px`,t.style.top=`${r?n.bottom+4:Math.max(Gt,n.top-s-4)}px`}function js({state:t,actions:e}){let{directory:n,user:o}=t,[s,r]=_(""),[a,c]=_(null),u=()=>e.loadDirectory().then(()=>c(null),c);T(()=>{u()},[]);let m=s.trim().toLowerCase(),d=(n??[]).filter(f=>f.name.toLowerCase().includes(m));return l`
<div class="view-tools">
<button type="button" class="button primary"
onClick=${()=>e.openDialog({kind:"add-user"})}><${v} name="plus" size=${18}
/> ${i(360)}</button>
<label class="field grow"><span class="visually-hidden">${i(361)}</span>
<input type="search" placeholder=${i(361)} value=${s}
onInput=${f=>r(f.target.value)} /></label>
</div>
${a&&l`<p class="problem" role="alert">${O(a).message}
<button type="button" class="link" onClick=${u}>${i(21)}</button></p>`}
${!n&&!a&&l`<p class="waiting">${i(362)}</p>`}
${n&&l`<p class="muted" role="status">${i(363,{count:d.length})}</p>`}
<ul class="rows" aria-label=${i(359)}>
${d.map(f=>l`<${wa} key=${f.id} user=${f} me=${o} actions=${e} />`)}
</ul>
`}function wa({user:t,me:e,actions:n}){let{id:o,name:s,role:r,status:a,created_at:c,has_password:u}=t,m=As(e,t)&&a!=="deleted",d=Ft(e).map(g=>({value:g,text:S(34,g)})),f=g=>n.changeUser(o,{role:g}).catch(p=>{n.showError(p),n.loadDirectory().catch(n.showError)});return l`
<li class="row" data-user=${s} data-status=${a}>
<${Y} id=${o} name=${s} />
<span class="row-text">
<span class="row-name"
title=${s}>${s}${o===e.id&&l` <span class="muted">${i(22)}</span>`}
${a==="suspended"&&l`<span class="chip warn">${i(366)}</span>`}</span>
<span class="muted">${Z([c&&i(364,{date:Ce(c)}),u===!1&&i(365)])}</span>
</span>
${m?l`<${F} quiet label=${i(36,{name:s})} value=${r} options=${d}
onPick=${f} />`:l`<span class="row-role muted">${S(34,r)}</span>`}
${m&&l`<${ne} label=${i(367,{name:s})}
items=${va(t,n)} />`}
</li>
`}function va(t,e){let{id:n,name:o,status:s}=t,r=(m,d)=>e.changeUser(n,m).then(()=>e.notify(d),e.showError),a=()=>e.openDialog({title:i(369,{name:o}),text:i(370,{name:o}),verb:i(368),onConfirm:()=>r({status:"suspended"},i(371,{name:o}))}),c=()=>e.openDialog({title:i(374,{name:o}),text:i(375,{name:o}),verb:i(6),onConfirm:()=>e.deleteUser(n).then(()=>e.notify(i(376,{name:o})),e.showError)}),u=()=>e.logOutUser(n).then(()=>e.notify(i(377,{name:o})),e.showError);return[{text:i(316),icon:"key",act:()=>e.openDialog({kind:"keys",user:t})},{text:i(383),icon:"retry",act:()=>e.openDialog({kind:"new-password",user:t})},{text:i(313),icon:"out",act:u},s==="suspended"?{text:i(372),icon:"play",act:()=>r({status:"active"},i(373,{name:o}))}:{text:i(368),icon:"pause",danger:!0,act:a},{text:i(6),icon:"trash",danger:!0,act:c}]}function Us({state:t,actions:e}){let{tab:n}=t.view;return t.user?de(t.user)?l`
<div class="view-scroll" tabindex="-1"><div class="view">
<h1>${i(356)}</h1>
<nav class="tabs" aria-label=${i(356)}>
${Ge.map(o=>l`<a key=${o} href=${Mt(o)}
aria-current=${n===o?"page":null}>${S(358,o)}</a>`)}
</nav>
${n==="invitations"?l`<${qs} state=${t} actions=${e} />`:l`<${js} state=${t} actions=${e} />`}
</div></div>
`:l`<div class="view"><h1>${i(356)}</h1>
<p class="muted">${i(357)}</p></div>`:l`<p class="waiting view">${i(3)}</p>`}var ka={id:"assistant",name:"assistant"},xa=/(?:^|[\s([{"'“‘])@([\p{L}\p{N}_.-]{0,40}(?: [\p{L}\p{N}_.-]{1,40})?)$/u,Sa=/(?<![\w@.+-])@assistant\b(?!\.\w)/i,Ca=6;function Bs(t,e){let n=xa.exec(t.slice(0,e));return n&&{start:e-n[1].length-1,query:n[1]}}function Fs(t,e,n){let o=t.toLowerCase(),s=({name:r})=>{let a=r.toLowerCase();return a.startsWith(o)?0:a.split(/\s+/).some(c=>c.startsWith(o))?1:2};return[ka,...(e??[]).filter(r=>r.id!==n)].map(r=>({one:r,rank:s(r)})).filter(({rank:r})=>r<2).sort((r,a)=>r.rank-a.rank).slice(0,Ca).map(({one:r})=>r)}function zs(t,{start:e,query:n},o){let s=e+1+n.length,r=t.slice(s),a=`@${o}${/^\s/.test(r)?"":" "}`;return{text:t.slice(0,e)+a+r,caret:e+a.length+(/^\s/.test(r)?1:0)}}var Ws=t=>Sa.test(t);function Hs(t,e){let n=["assistant",...e].filter(Boolean).sort((a,c)=>c.length-a.length),o=new RegExp(`(?<![\\w@.+-])@(?:${n.map(Ea).join("|")})(?![\\p{L}\\p{N}_])`,"giu"),s=[],r=0;for(let a of t.matchAll(o))a.index>r&&s.push({text:t.slice(r,a.index),mention:!1}),s.push({text:a[0],mention:!0}),r=a.index+a[0].length;return r<t.length&&s.push({text:t.slice(r),mention:!1}),s}var Ea=t=>t.replace(/[\\^$.*+?()[\]{}|/]/g,"\\$&");var Ae=[".pdf",".txt",".md",".html",".csv",".docx",".pptx",".xlsx"],Aa=[".htm",".markdown",".text"],Ma=2,Ks=500;function Ta({name:t,size:e},n){let o=t.toLowerCase().match(/\.[^.]+$/)?.[0]??"";return[...Ae,...Aa].includes(o)?e===0?i(242):n&&e>n?i(243,{size:Se(e),limit:Se(n)}):null:o?i(240,{suffix:o}):i(241)}function Ys(t,e){let{dispatch:n,get:o}=t,s=[],r=0;function a(f){let p=[...f].slice(0,Ks).map(h=>{let $=Ta(h,o().limits.max_upload_bytes);return{id:X(),file:h,name:h.name,size:h.size,progress:0,status:$?"failed":"waiting",error:$}});n({type:"upload.added",uploads:p}),s.push(...p.filter(h=>!h.error)),c()}function c(){for(;r<Ma&&s.length;)r++,m(s.shift()).finally(()=>{r--,c()})}let u=(f,g)=>n({type:"upload.changed",id:f,change:g});async function m({id:f,file:g}){u(f,{status:"uploading"});try{let p=await d(g,$=>u(f,{progress:$})),h=o().documents?.some($=>$.document_id===p.document_id);p.duplicate?u(f,{status:"duplicate",documentId:p.document_id}):h?n({type:"upload.removed",id:f}):u(f,{status:"accepted",documentId:p.document_id})}catch(p){u(f,{status:"failed",error:p.message,again:!0})}}function d(f,g){return new Promise((p,h)=>{let $=new XMLHttpRequest;$.open("POST","api/documents"),$.setRequestHeader("X-BasicChat","1");for(let[x,k]of Object.entries(e.authorization()))$.setRequestHeader(x,k);$.upload.onprogress=({loaded:x,total:k})=>g(k?x/k:0),$.onload=()=>Da($,p,h),$.onerror=()=>h(new Error(i(244)));let b=new FormData;b.append("file",f),$.send(b)})}return{add:a,dismiss:f=>n({type:"upload.removed",id:f}),again:({id:f,file:g})=>{n({type:"upload.removed",id:f}),a([g])}}}function Da(t,e,n){let o={};try{o=JSON.parse(t.responseText)}catch{}if(t.status<300)return e(o);let s=o.error??o,r=i(245,{status:String(t.status)}),{message:a,hint:c}=O({message:r,...s,...s.data});n(new Error([a,c].filter(Boolean).join(" ")))}async function Gs(t){let e=[...t.items].map(o=>o.webkitGetAsEntry?.()).filter(Boolean);if(!e.some(o=>o.isDirectory))return[...t.files];let n=[];for(let o of e)await Vs(o,n);return n}async function Vs(t,e){if(e.length>=Ks||t.name.startsWith("."))return;if(t.isFile){let o=await new Promise((s,r)=>t.file(s,r));return e.push(o)}let n=t.createReader();for(;;){let o=await new Promise((s,r)=>n.readEntries(s,r));if(!o.length)return;for(let s of o)await Vs(s,e)}}var Fn="mentions",zn=t=>`mention-${t}`;function Xs({found:t,at:e,onPick:n}){return t?l`
<ul class="mentions" id=${Fn} role="listbox" aria-label=${i(160)}>
${t.all.map((o,s)=>l`<li key=${o.id} id=${zn(s)} class="mention-option" role="option"
aria-selected=${s===e} onMouseDown=${r=>{r.preventDefault(),n(o)}}>
${o.id==="assistant"?l`<${oe} size=${24} />`:l`<${Y} id=${o.id} name=${o.name} size="small" />`}
<span class="mention-name">@${o.name}</span>
<span class="muted">${o.id==="assistant"?i(161):S(37,o.role)}</span>
</li>`)}
</ul>
<p class="visually-hidden" role="status">${i(162,{count:t.all.length})}</p>
`:null}function Qs({state:t,actions:e,uploads:n,run:o,room:s,members:r,prefill:a}){let{roomId:c,chosen:u,models:m,modes:d,user:f}=t,g=H(s),p=Pe(t,c),h=M(),$=La({area:h,text:p,members:r,me:f?.id,shared:g,put:b});D(()=>e.restoreDraft(c),[c]),D(()=>{a&&b(a.text,a.text.length)},[a]),D(()=>{matchMedia("(hover: hover)").matches&&!Oa(t)&&h.current.focus()},[c]),D(()=>{h.current.style.height="auto",h.current.style.height=`${h.current.scrollHeight}px`},[p]);function b(C,U){h.current.value=C,h.current.focus(),h.current.setSelectionRange(U,U),e.editDraft(c,C)}function x({target:C}){e.editDraft(c,C.value),g&&e.setTyping(c,!!C.value.trim()),$.look()}let k=o&&!g;function w(){!p.trim()||k||(e.editDraft(c,""),e.endTyping(c),e.ask(p.trim()))}function y(C){$.onKeyDown(C)||(Yt(C)?(C.preventDefault(),w()):C.key==="Escape"&&k&&(C.preventDefault(),e.stopRun(o.run_id)))}let E=C=>{C.preventDefault(),w()},A=()=>{let C=`@assistant ${p.replace(/^@assistant\s*/i,"")}`;b(C,C.length)};return l`
<form class="composer" onSubmit=${E}
aria-label=${g?i(147):i(146)}>
<${Xs} found=${$.found} at=${$.at} onPick=${$.pick} />
<textarea ref=${h} rows="1" value=${p} dir="auto" enterkeyhint="send"
aria-label=${g?i(149):i(148)}
placeholder=${g?i(151):i(150)}
aria-autocomplete=${g?"list":null}
aria-controls=${$.found?Fn:null}
aria-activedescendant=${$.found?zn($.at):null}
onInput=${x} onKeyDown=${y} onKeyUp=${$.look} onClick=${$.look}
onBlur=${$.close}></textarea>
<div class="composer-row">
${ue(f)&&l`<${Ra} uploads=${n} actions=${e} />`}
${g&&l`<${V} icon="at" label=${i(152)}
onClick=${A} />`}
<${Js} label=${i(153)}
value=${we(d,u.mode)??d[0]?.id}
onPick=${C=>e.setChoice({mode:C})}
options=${d.map(C=>({value:C.id,text:C.title,title:C.description}))}
/>
<${Js} label=${i(154)}
value=${we(m,u.model)??t.provider?.model??m[0]?.id}
onPick=${C=>e.setChoice({model:C})}
options=${m.map(({id:C,loaded:U})=>({value:C,text:C,title:U?i(155):""}))}
/>
<span class="grow"></span>
${k?l`<button type="button" class="send stop" aria-label=${i(158)}
title=${i(159)} onClick=${()=>e.stopRun(o.run_id)}><${v}
name="stop"
/></button>`:l`<button class="send" aria-label=${i(156)}
title=${i(157)}
disabled=${!p.trim()}><${v} name="send" /></button>`}
</div>
</form>
`}var Oa=({chats:t,roomId:e})=>!!t[e]?.target;function Ra({uploads:t,actions:e}){let n=M(),o=()=>{t.add(n.current.files),n.current.value="",e.openPanel({kind:"documents"})};return l`
<input ref=${n} type="file" multiple hidden accept=${Ae.join(",")}
onChange=${o} />
<${V} icon="clip" label=${i(223)}
onClick=${()=>n.current.click()} />
`}function La({area:t,text:e,members:n,me:o,shared:s,put:r}){let[a,c]=_(null),[u,m]=_(0),d=()=>c(null),f=h=>{if(h?.type==="keyup"&&["Escape","Enter","Tab","ArrowUp","ArrowDown"].includes(h.key))return;let{value:$,selectionStart:b,selectionEnd:x}=t.current,k=s&&b===x&&Bs($,b),w=k?Fs(k.query,n,o):[];c(w.length?{mention:k,all:w}:null),k?.query!==a?.mention.query&&m(0)},g=h=>{let $=zs(t.current.value,a.mention,h.name);d(),r($.text,$.caret)};return D(()=>{e===""&&d()},[e===""]),{found:a,at:u,look:f,close:d,pick:g,onKeyDown:h=>{if(!a||h.isComposing)return!1;let $=a.all[u].name.toLowerCase()===a.mention.query.toLowerCase();if(h.key==="Enter"&&$)return!1;let b=a.all.length;if(h.key==="ArrowDown")m((u+1)%b);else if(h.key==="ArrowUp")m((u+b-1)%b);else if(h.key==="Enter"||h.key==="Tab")g(a.all[u]);else if(h.key==="Escape")d();else return!1;return h.preventDefault(),!0}}}function Js({label:t,value:e,options:n,onPick:o}){return n.length?l`
<label class="picker" data-single=${n.length===1}>
<span class="visually-hidden">${t}</span>
<select value=${e} onChange=${s=>o(s.target.value)}>
${n.map(s=>l`<option key=${s.value} value=${s.value}
title=${s.title} selected=${s.value===e}>${s.text}</option>`)}
</select>
<${v} name="down" size=${14} />
</label>
`:null}var Pa=120,Ia=2500;function er(t,e,n,o){let s=M(),r=M(!0),[a,c]=_(!1),u=()=>{r.current=!0,s.current.scrollTop=s.current.scrollHeight};D(()=>{r.current=!t,t&&(s.current.scrollTop=0)},[t,e,n?.pending.length]),D(()=>{r.current&&!n?.target&&!Zs(s.current)&&u()},[e,n,o]),T(()=>{let f=new ResizeObserver(()=>{r.current&&s.current&&!Zs(s.current)&&u()});return f.observe(s.current),f.observe(s.current.firstElementChild),()=>f.disconnect()},[]);let m=()=>{let{scrollHeight:f,scrollTop:g,clientHeight:p}=s.current;r.current=f-g-p<Pa,r.current&&=!t,c(!r.current&&!t)};return{element:s,onScroll:m,away:a,toEnd:u,toMessage:f=>{r.current=!1,Na(f),m()}}}var Zs=t=>t.contains(document.activeElement)&&document.activeElement.matches("textarea");function Na(t){t.scrollIntoView({block:"center"}),t.focus({preventScroll:!0}),t.dataset.found="true",setTimeout(()=>delete t.dataset.found,Ia)}function tr(t,e,n={}){let o=[],s=new Map,r=(c,u)=>{let m=s.get(c);if(m)return m.answers.push(u);let d={key:`a-${c}`,kind:"answers",parentId:c,answers:[u]};s.set(c,d);let f=o.findIndex(g=>g.message?.message_id===c);d.question=o[f]?.message??null,o.splice(f<0?o.length:f+1,0,d)};for(let c of t)c.author.kind==="assistant"?r(c.parent_id??c.message_id,c):o.push({key:c.message_id,kind:"message",message:c});let a=new Set(t.map(c=>c.message_id));for(let c of e)a.has(c.message_id)||r(c.parent_id??c.run_id,{run:c});for(let c of s.values())qa(c,n[c.parentId]);return o.forEach((c,u)=>{c.message&&(c.follows=Ua(o[u-1]?.message,c.message))}),o}function qa(t,e){let n=t.answers.filter(o=>!o.deleted_at);t.answers=n.length?n:t.answers.slice(-1),t.index=ja(t,e)}function ja({answers:t},e){let n=t.length-1;if(t[n].run)return n;let o=t.findIndex(s=>s.message_id===e);return o<0?n:o}function Ua(t,e){return!t||t.author.id!==e.author.id||t.deleted_at?!1:new Date(e.created_at)-new Date(t.created_at)<3e5}var Ba=2e3;function nr(t){let e=null,n=null,o=()=>n??=Fa(t).then(r=>e=r);function s(){let[,r]=_(e!==null);return D(()=>{let a=!1;return e||o().then(()=>!a&&r(!0)),()=>a=!0},[]),e}return{fetch:o,use:s}}async function Fa(t){for(;;)try{return await t()}catch{await new Promise(e=>{let n=setTimeout(e,Ba),o=()=>{clearTimeout(n),e()};addEventListener("online",o,{once:!0})})}}var Ne=nr(()=>import("./markdown_renderer.js"));function he({error:t,children:e}){let{message:n,hint:o}=O(t);return l`
<div class="failure" role="alert">
<${v} name="alert" />
<div>
<p class="failure-title"><${G} text=${n} /></p>
${o&&l`<p><${G} text=${o} /></p>`}
<div class="failure-buttons">${e}</div>
</div>
</div>
`}var za=()=>({copy:i(5),code:i(210),source:t=>i(209,{n:t})});function nt({text:t,known:e=null,onCite:n,live:o=!1}){let s=Ne.use(),r=Q(()=>s?.blocks(t),[t,s]),a=c=>{let u=c.target.closest(".cite");if(u)return n?.(Number(u.dataset.n),u);let m=c.target.closest(".copy-code");m&&Ha(m)};return s?l`
<div class="markdown" data-live=${o} onClick=${a}>
${r.map((c,u)=>l`<${Wa} key=${u} block=${c} known=${e}
set=${s.blockHtml} />`)}
</div>
`:l`<div class="markdown plain" data-live=${o}>${t}</div>`}function Wa({block:t,known:e,set:n}){let o=e&&[...e].join(),s=Q(()=>({__html:n(t,e,za())}),[t.raw,o]);return l`<div class="block" dir="auto" dangerouslySetInnerHTML=${s}></div>`}async function Ha(t){await re(t.closest(".code").querySelector("code").textContent.replace(/\n$/,"")),t.textContent=i(4),setTimeout(()=>t.textContent=i(5),1500)}var Vt=t=>`${t.n} ${Ie(t)}`;function or({citations:t,shown:e,onOpen:n}){let o=new Map([...t].reverse().map(s=>[Vt(s),s]));return l`
<ul class="sources" aria-label=${i(208)}>
${[...o.values()].reverse().map(s=>l`
<li key=${Vt(s)}>
<button type="button" class="source-chip"
aria-pressed=${!!e&&Vt(e)===Vt(s)}
onClick=${()=>n(s)} title=${s.quote}>
<span class="source-n">${s.n}</span>
<span class="source-title">${s.title}</span>
${Ie(s)&&l`<span class="muted">${Ie(s)}</span>`}
</button>
</li>`)}
</ul>
`}var Ka=4;function sr({text:t,since:e}){let[n,o]=_(0);T(()=>{let r=setInterval(()=>o(Math.floor((Date.now()-new Date(e))/1e3)),1e3);return()=>clearInterval(r)},[e]);let s=n>=Ka&&S(27,"s",{n});return l`<p class="waiting"><span class="pulse"
aria-hidden="true"></span>${t}${s&&l` <span class="muted">${s}</span>`}</p>`}function Wn({run:t,label:e,live:n=!1,fetch:o}){let[s,r]=_(!1),[a,c]=_(null),[u,m]=_(null),d=t??a;return T(()=>{s&&!d&&o&&o().then(c,m)},[s]),l`
<details class="trace" open=${s} onToggle=${f=>r(f.target.open)}>
<summary><${v} name="right" size=${16} /> ${e}</summary>
${s&&(d?l`<${Ya} run=${d} live=${n} />`:l`<p
class="muted">${u?O(u).message:i(11)}</p>`)}
</details>
`}function Ya({run:t,live:e}){let n=Xt(t.parts,"reasoning");return l`
<div class="trace-body">
${t.steps?.length>0&&l`<ol class="steps">
${t.steps.map(o=>l`<li
key=${o.step}>${o.detail||o.name}${o.ms&&l`<span class="muted"> · ${Wt(o.ms)}</span>`}</li>`)}
</ol>`}
${n?l`<${nt} text=${n} live=${e} />`:!e&&!t.steps?.length&&l`<p
class="muted">${i(193)}</p>`}
</div>
`}function Xt(t,e){return(t??[]).filter(n=>n.kind===e).map(n=>n.text).join(`

`)}function rr({entry:t,room:e,shared:n,me:o,actions:s,source:r}){let{answers:a,index:c,parentId:u,question:m}=t,d=a[c],f=n&&l`<${Ga} question=${m} me=${o} />`,g={index:c+1,count:a.length},p=$=>s.selectAnswer(e.room_id,u,a[c+$].message_id),h=a.length>1&&!d.run&&l`
<span class="siblings">
<button type="button" class="icon-button small" aria-label=${i(186)}
disabled=${c===0} onClick=${()=>p(-1)}><${v} name="left" size=${16}
/></button>
<span
aria-label=${i(188,g)}>${i(189,g)}</span>
<button type="button" class="icon-button small" aria-label=${i(187)}
disabled=${c===a.length-1} onClick=${()=>p(1)}><${v} name="right"
size=${16} /></button>
</span>`;return d.run?l`<${Xa} run=${d.run} head=${f} shared=${n}
onStop=${ae(e)&&(()=>s.stopRun(d.run.run_id))} />`:d.deleted_at?l`<${Va} message=${d} head=${f} />`:l`<${Ja} message=${d} room=${e} me=${o} question=${m}
head=${f} actions=${s} source=${r} siblings=${h} />`}function Ga({question:t,me:e}){let{id:n,name:o}=t?.author??{},s=n===e?i(184):i(185,{name:o});return l`
<p class="answer-head"><${oe} size=${20} /> <strong>${i(39)}</strong>${" "}
${t&&l`<span class="muted">${s}</span>`}</p>
`}var Va=({message:t,head:e})=>l`
<article class="answer" id=${`m-${t.message_id}`} aria-label=${i(182)}
tabindex="-1">
${e}<p class="tombstone">${i(183)}</p>
</article>
`;function Xa({run:t,head:e,shared:n,onStop:o}){let s=Xt(t.parts,"reasoning"),r=Xt(t.parts,"answer"),a=t.steps?.at(-1),c=i(190),u=a?a.detail||a.name:s?c:i(191);return l`
<article class="answer" aria-label=${i(181)} aria-busy="true">
<h2 class="visually-hidden">${i(180)}</h2>
${e}
${(s||r)&&l`<${Wn} run=${t} live=${!0}
label=${s&&!r?c:i(192)} />`}
${!r&&l`<${sr} text=${s&&a?c:u}
since=${t.started_at} />`}
${r&&l`<${nt} text=${r} live=${!0} />`}
${n&&o&&l`<div class="answer-foot"><button type="button" class="button quiet"
onClick=${o}><${v} name="stop" size=${16} /> ${i(20)}</button></div>`}
</article>
`}function Ja({message:t,room:e,me:n,question:o,head:s,actions:r,source:a,siblings:c}){let u=t.citations??[],m=Q(()=>new Set(u.map(p=>p.n)),[u]),{message_id:d}=t,f=p=>r.openPanel({kind:"source",citation:p,citations:u,messageId:d}),g=p=>f(u.find(h=>h.n===p));return l`
<article class="answer" id=${`m-${t.message_id}`} aria-label=${i(180)}
tabindex="-1">
<h2 class="visually-hidden">${i(180)}</h2>
${s}
${t.run_id&&l`<${Wn} run=${t.detail} label=${i(192)}
fetch=${()=>r.readRun(t.run_id)} />`}
${t.text&&l`<${nt} text=${t.text} known=${m} onCite=${g} />`}
<${Qa} message=${t} me=${n} question=${o} actions=${r}
may=${ae(e)} />
${u.length>0&&l`<${or} citations=${u} shown=${a}
onOpen=${f} />`}
<${Za} message=${t} room=${e} me=${n} question=${o} actions=${r}
siblings=${c} />
</article>
`}function Qa({message:t,me:e,question:n,actions:o,may:s}){let{run_status:r,error:a,text:c,run_id:u}=t,m=()=>o.regenerate(t.message_id),d=s&&c&&l`<button type="button" class="button"
onClick=${()=>o.continueRun(u)}><${v} name="forward"
size=${16} /> ${i(197)}</button>`,f=h=>s&&l`<button type="button" class="button" onClick=${m}><${v} name="retry" size=${16}
/> ${h}</button>`;if(a)return l`<${he} error=${a}>${d}${f(i(21))}<//>`;if(r!=="cancelled"&&r!=="interrupted")return null;let g=!n||n.author.id===e,p=r==="interrupted"?i(194):g?i(195):i(196);return l`<p class="ended">${p}</p>
<div class="ended-buttons">${d}${f(i(198))}</div>`}function Za({message:t,room:e,me:n,question:o,actions:s,siblings:r}){let{message_id:a,text:c,error:u,feedback:m={}}=t,d=ae(e),f=h=>s.rate(a,m[n]?.value===h?null:h),g=(h,$)=>{let b=Object.values(m).filter(k=>k.value===h).length,x=m[n]?.value===h;return l`<button type="button" class="icon-button thumb" aria-pressed=${x}
aria-label=${b>1||b&&!x?i(202,{label:$,count:b}):$}
title=${$}
onClick=${()=>f(h)}><${v} name=${h==="up"?"up":"down-thumb"}
size=${18} />${b>1&&l`<span>${b}</span>`}</button>`},p=()=>s.openDialog({title:i(205),text:i(206),verb:i(6),onConfirm:()=>s.deleteMessage(a)});return l`
<div class="answer-foot">
${r}
${c&&l`<${ec} text=${c} />`}
${d&&!u&&l`<${V} icon="retry" label=${i(199)}
onClick=${()=>s.regenerate(a)} />`}
${d&&c&&g("up",i(200))} ${d&&c&&g("down",i(201))}
${zt(t,n,e,o)&&l`<${ne} label=${i(204)}
items=${[{text:i(6),icon:"trash",danger:!0,act:p}]} />`}
<${tc} message=${t} />
</div>
`}function ec({text:t}){let[e,n]=_(!1),o=async()=>{await re(t),n(!0),setTimeout(()=>n(!1),1500)};return l`<${V} icon=${e?"check":"copy"}
label=${e?i(4):i(203)} onClick=${o} />`}function tc({message:t}){let{usage:e,timings:n}=t.detail??{},o=n?.total_ms;return l`<span class="facts">${Z([t.model,e&&i(207,{count:e.output_tokens}),o&&Wt(o)])}</span>`}function ot({part:t,children:e}){let[n,o]=Nn(r=>reportError(r));if(!n)return e;let s={message:S(47,t),hint:i(48)};return l`<${he} error=${s}>
<button type="button" class="button" onClick=${o}>${i(21)}</button>
<button type="button" class="button"
onClick=${()=>location.reload()}>${i(15)}</button>
<//>`}function ir({message:t,answered:e,shared:n,actions:o,onEnd:s}){let[r,a]=_(t.text),c=M(),u=M(!1),{busy:m,problem:d,submit:f}=B(async()=>{let b=r.trim();b&&((b!==t.text||u.current)&&await o.editMessage(t,b,u.current),s())});D(()=>{c.current.focus(),c.current.setSelectionRange(r.length,r.length)},[]),D(()=>{c.current.style.height="auto",c.current.style.height=`${c.current.scrollHeight}px`},[r]);let p=(n?Ws(r):!0)&&(e||n),h=(b,x)=>{u.current=x,f(b)},$=b=>{b.key==="Escape"?(b.preventDefault(),s()):Yt(b)&&h(b,p)};return l`
<form class="edit" onSubmit=${b=>h(b,p)}>
<textarea ref=${c} rows="1" dir="auto" value=${r} aria-label=${i(176)}
onInput=${b=>a(b.target.value)} onKeyDown=${$}></textarea>
<${q} error=${d} />
<div class="edit-buttons">
<button type="button" class="button" onClick=${s}>${i(1)}</button>
${p&&l`<button type="button" class="button" disabled=${m||!r.trim()}
onClick=${b=>h(b,!1)}>${i(178)}</button>`}
<button class="button primary"
disabled=${m||!r.trim()}>${p?i(179):i(177)}</button>
</div>
</form>
`}var nc=1500;function ar({entry:t,room:e,shared:n,me:o,names:s,answered:r,actions:a}){let{message:c,follows:u}=t,[m,d]=_(!1),{author:f,message_id:g}=c,p=f.id===o,h=p?i(163):f.name;return c.deleted_at?l`<article class="question" id=${`m-${g}`} data-mine=${p} tabindex="-1"
aria-label=${i(164,{name:h})}>
<p class="tombstone">${p?i(165):i(166,{name:f.name})}</p>
</article>`:l`
<article class="question" id=${`m-${g}`} data-mine=${p} data-follows=${u}
aria-label=${h} tabindex="-1">
${n&&!u&&l`<p class="author">${!p&&l`<${Y} id=${f.id} name=${f.name} size="small" />`}
${!p&&l`<span class="author-name">${f.name}</span>`}
<time datetime=${c.created_at}>${Ms(c.created_at)}</time></p>`}
${m?l`<${ir} message=${c} answered=${r} shared=${n}
actions=${a} onEnd=${()=>d(!1)} />`:l`<div class="said">
<div class="bubble">${Hs(c.text,s).map($=>$.mention?l`<span class="mention">${$.text}</span>`:$.text)}${c.edited_at&&l` <span class="edited">${i(167)}</span>`}</div>
<${oc} message=${c} room=${e} me=${o} actions=${a}
answered=${r} onEdit=${()=>d(!0)} />
</div>`}
</article>
`}function oc({message:t,room:e,me:n,actions:o,answered:s,onEdit:r}){let{message_id:a,text:c}=t,u=()=>re(c).then(()=>o.notify(i(169))),m=()=>o.openDialog({title:i(170),text:i(171),verb:i(6),onConfirm:()=>o.deleteMessage(a)});return l`<span class="message-tools"><${ne} label=${i(168)} items=${[{text:i(5),icon:"copy",act:u},Un(t,n,e)&&{text:i(9),icon:"pencil",act:r},Un(t,n,e)&&s&&{text:i(199),icon:"retry",act:()=>o.regenerate(a)},zt(t,n,e)&&{text:i(6),icon:"trash",danger:!0,act:m}]} /></span>`}function sc(t){let[e,n]=_(!1);return T(()=>{let o=setTimeout(()=>n(!0),nc);return()=>{clearTimeout(o),n(!1)}},[t]),e}function cr({item:t,online:e,onAgain:n,onDiscard:o}){let s=t.error&&O(t.error),r=sc(e)?i(172):"";return l`
<article class="question" aria-label=${i(163)} data-mine="true" data-pending="true">
<div class="bubble">${t.text}</div>
${!t.error&&l`<p class="pending-note"
role="status">${e?r:i(173)}</p>`}
${s&&l`<${he} error=${t.error}>
<button type="button" class="button" onClick=${n}><${v} name="retry" size=${16}
/> ${i(174)}</button>
<button type="button" class="button" onClick=${o}>${i(175)}</button>
<//>`}
</article>
`}var rc=100,ic=50;function lr({state:t,chat:e,room:n,runs:o,actions:s,onTarget:r}){let{roomId:a,user:c,connection:u,panel:m}=t,d=u.status==="online",f=H(n),g=Q(()=>tr(e?.messages??[],o,e?.shown),[e?.messages,e?.shown,t.runs]),p=f?dc(g):[],h=e?.members??n?.members??[],$=h.map(k=>k.name).join(`
`),b=Q(()=>f?$.split(`
`):[],[$,f]);if(cc(e?.target,g,r),D(()=>{Ne.fetch()},[]),e?.error){let k=e.error.kind==="not_found";return l`<${he} error=${k?ac():e.error}>
${!k&&l`<button type="button" class="button"
onClick=${()=>s.loadRoom(a)}>${i(21)}</button>`}
<a class="button" href="#">${i(61)}</a>
<//>`}if(e?.loading&&!g.length&&!e.pending.length)return l`<p
class="waiting">${d?i(139):i(140)}</p>`;let x=!g.length&&!e?.pending.length;return l`
<section aria-label=${i(136)} data-shared=${f}>
<h1 class="visually-hidden">${n?.name??i(136)}</h1>
${e?.older&&l`<button type="button" class="button older"
onClick=${()=>s.loadOlder(a)}>${i(141)}</button>`}
${x&&l`<${lc} shared=${f} actions=${s} />`}
${g.map((k,w)=>l`<${mc} key=${k.key} entry=${k} room=${n} shared=${f}
me=${c?.id} names=${b} actions=${s} panel=${m}
answered=${g[w+1]?.parentId===k.message?.message_id}
date=${p[w]} />`)}
${f&&l`<${pc} last=${e?.messages.at(-1)} members=${h} me=${c?.id} />`}
${e?.pending.map(k=>l`<${cr} key=${k.id} item=${k} online=${d}
onAgain=${()=>s.resend(a,k)}
onDiscard=${()=>s.discardPending(a,k.id)} />`)}
</section>
`}var ac=()=>({message:i(137),hint:i(138)});function cc(t,e,n){let[o,s]=_(0);D(()=>{if(!t)return s(0);let r=document.getElementById(`m-${t}`);if(r)return n(r);if(o>ic)return;let a=setTimeout(()=>s(o+1),rc);return()=>clearTimeout(a)},[t,e,o])}function lc({shared:t,actions:e}){return l`<div class="nothing">
<p>${t?i(142):i(143)}</p>
${!t&&l`<button type="button" class="button"
onClick=${()=>e.openPanel({kind:"members"})}>${i(253)}</button>`}
</div>`}var Hn=new WeakMap;function uc(t){return Hn.has(t)||Hn.set(t,Ts(t.created_at)),Hn.get(t)}function dc(t){let e=null;return t.map(({message:n})=>{let o=n?uc(n):e,s=o!==e;return e=o,s?o:null})}function mc({entry:t,room:e,shared:n,me:o,names:s,actions:r,panel:a,answered:c,date:u}){let m=t.answers?.[t.index],d=a?.kind==="source"&&a.messageId===m?.message_id?a.citation:null;return Q(()=>{let f=t.kind==="message"?l`<${ar} entry=${t} room=${e} shared=${n} me=${o} names=${s}
answered=${c} actions=${r} />`:l`<${rr} entry=${t} room=${e} shared=${n} me=${o} actions=${r}
source=${d} />`,g=l`<${ot} part="message">${f}<//>`;return u?l`<p class="day">${u}</p>${g}`:g},[t.message??t.question,t.follows,m?.run??m,t.answers?.length,t.index,d,n,e?.role,s,c,u,o])}function pc({last:t,members:e,me:n}){if(!t||t.author.id!==n)return null;let o=e.filter(r=>r.id!==n&&r.read_seq>=t.seq);if(!o.length)return null;let s=o.length>3?i(30,{count:o.length}):me(o.map(r=>r.name));return l`<p class="seen">${i(144,{names:s})}</p>`}function ur({typing:t={}}){let e=Object.values(t);if(!e.length)return l`<p class="typing" data-idle="true"></p>`;let n=e.length>3?i(135):me(e);return l`<p class="typing">
<span class="typing-dots" aria-hidden="true"><i></i><i></i><i></i></span>
<span class="typing-names">${n}</span> ${i(134,{count:e.length})}
</p>`}function dr({state:t,actions:e,uploads:n,onExample:o}){let s=(t.documents??[]).filter(a=>a.status==="ready"),r=t.documents!==null;return t.user&&!K(t.user)?l`<${fc} state=${t} />`:l`
<div class="welcome">
<${oe} size=${44} />
<h1>${i(101)}</h1>
<p class="lead">${i(102)}</p>
${r&&!t.documents.length&&l`<${hc} actions=${e}
uploads=${n} />`}
${r&&t.documents.length>0&&l`<${$c} documents=${t.documents}
actions=${e} />`}
${r&&(t.provider?.name==="extractive"?l`<${gc}
/>`:l`<${bc} ready=${s} onExample=${o} />`)}
</div>
`}function fc({state:t}){return l`
<div class="welcome">
<${oe} size=${44} />
<h1>${i(103,{name:t.user.name})}</h1>
<p class="lead">${t.rooms?.length?i(104):i(105)}</p>
</div>
`}function hc({actions:t,uploads:e}){let n=M(),o=()=>{e.add(n.current.files),t.openPanel({kind:"documents"})};return l`
<div class="first-drop">
<${v} name="upload" size=${24} />
<p class="with-mouse"><strong>${i(106)}</strong></p>
<p class="without-mouse"><strong>${i(107)}</strong></p>
<p class="muted">${i(108)}</p>
<input ref=${n} type="file" multiple hidden accept=${Ae.join(",")} onChange=${o}
/>
<button type="button" class="button primary"
onClick=${()=>n.current.click()}>${i(109)}</button>
</div>
`}function $c({documents:t,actions:e}){let n=t.filter(r=>r.status==="ready").length,o=t.filter(r=>r.status==="failed").length,s=t.length-n-o;return l`
<button type="button" class="library" onClick=${()=>e.openPanel({kind:"documents"})}>
<${v} name="files" size=${18} />
<span>
${i(110,{count:n})}
${s>0&&l`<span class="muted">${i(24)}${i(111,{count:s})}</span>`}
${o>0&&l`<span class="problem">${i(24)}${i(112,{count:o})}</span>`}
</span>
</button>
`}var gc=()=>l`<p
class="tip muted">${i(113)}</p>`;function bc({ready:t,onExample:e}){let[{title:n}={},o]=t;return l`
<div class="examples">
<h2>${n?i(115):i(114)}</h2>
<ul>
${yc(n,o?.title).map(s=>l`<li key=${s}><button type="button" class="example"
onClick=${()=>e(s)}>${s}</button></li>`)}
</ul>
</div>
`}function yc(t,e){return t?[i(120,{title:t}),i(121,{title:t}),e?i(122,{title:t,other:e}):i(119)]:[i(116),i(117),i(118)]}function mr({state:t,actions:e,uploads:n}){let{roomId:o}=t,s=t.chats[o??"new"],r=t.rooms?.find(h=>h.room_id===o),a=H(r),c=Object.values(t.runs).filter(h=>h.room_id===o),u=c.find(h=>h.status==="running"),[m,d]=_(null),f=!o&&!s?.pending.length,g=er(f,o,s,c),p=h=>{g.toMessage(h),e.clearTarget(o)};return wc(t,s,g.away,e),l`
<div class="chat" data-empty=${f}>
<div class="scroll" ref=${g.element} onScroll=${g.onScroll} tabindex="-1">
<div class="thread">
${f?l`<${dr} state=${t} actions=${e} uploads=${n}
onExample=${h=>d({text:h})} />`:l`<${lr} state=${t} chat=${s} room=${r} runs=${c}
actions=${e} onTarget=${p} />`}
</div>
</div>
<div class="dock">
${g.away&&l`<button type="button" class="to-end" onClick=${g.toEnd}><${v}
name="down" size=${16} /> ${i(123)}</button>`}
${a&&l`<${ur} typing=${s?.typing} />`}
${_c(t,r,s)&&l`<${Qs} state=${t} actions=${e} uploads=${n} run=${u}
room=${r} members=${s?.members??r?.members} prefill=${m} />`}
<${vc} state=${t} room=${r} shared=${a} />
</div>
<${kc} chat=${s} roomId=${o} me=${t.user?.id} />
</div>
`}function _c({roomId:t,user:e},n,o){return o?.error?!1:t?ae(n):!e||K(e)}function wc({visible:t,view:e,roomId:n,connection:o,rooms:s},r,a,c){let u=r?.loading?0:r?.messages.at(-1)?.seq??0,m=t&&!a&&e.name==="chat"&&o.status==="online";T(()=>{m&&n&&u&&c.markRead(n,u)},[m,n,u,s===null])}function vc({state:t,room:e,shared:n}){let{provider:o,roomId:s,user:r}=t;return!s&&r&&!K(r)?null:e&&!ae(e)?l`<p class="footnote reading">${i(124)}</p>`:n?l`<p class="footnote quiet"><${G} text=${i(125)} /></p>`:o?.name!=="extractive"?l`<p class="footnote quiet">${i(126)}</p>`:l`<div class="footnote">
${i(127)}${" "}
${o.hint&&l`<details
class="hint"><summary>${i(128)}</summary><span><${G}
text=${Os(o.hint)} /></span></details>`}
</div>`}function kc({chat:t,roomId:e,me:n}){let[o,s]=_(""),r=M({}),a=t?.messages.at(-1);return T(()=>{let c=r.current.roomId===e&&r.current.ready,u=c&&a&&a.seq>r.current.seq;u&&a.author.kind==="assistant"?s(xc(a)):u&&a.author.id!==n?s(i(129,{name:a.author.name,text:a.text.slice(0,300)})):(!c||t?.error)&&s(""),r.current={roomId:e,seq:a?.seq??0,ready:!t?.loading}},[a,e,t?.loading,t?.error]),l`<p class="visually-hidden" aria-live="polite">${o}</p>`}function xc({run_status:t,error:e,text:n,citations:o}){if(e)return i(130,{message:O(e).message});if(t==="cancelled")return i(131);let s={text:n.slice(0,300),count:o?.length};return s.count?i(133,s):i(132,s)}function pr({actions:t}){let[e,n]=_(null),[o,s]=_(null),r=()=>t.listGrants().then(n,s);T(()=>{r()},[]);let a=c=>t.openDialog({title:i(424,{name:c.client_name}),text:i(425),verb:i(422),onConfirm:()=>t.revokeGrant(c).then(r,t.showError)});return l`
<section aria-labelledby="apps-title">
<h2 id="apps-title">${i(419)}</h2>
${o&&l`<p class="problem" role="alert">${O(o).message}</p>`}
${!o&&!e&&l`<p class="waiting">${i(11)}</p>`}
${e?.length===0&&l`<p class="muted">${i(420)}</p>`}
${e?.length>0&&l`<ul class="rows" aria-label=${i(419)}>
${e.map(c=>l`<li class="row" key=${c.grant_id}>
<${v} name="link" />
<span class="row-text"><span class="row-name">${c.client_name}</span>
<span class="muted">${Sc(c)}</span></span>
<button type="button" class="button danger-text"
aria-label=${i(423,{name:c.client_name})}
onClick=${()=>a(c)}>${i(422)}</button>
</li>`)}
</ul>`}
</section>
`}function Sc({redirect_host:t,scopes:e,created_at:n,used_at:o}){return Z([t,i(326,{scopes:me(e.map(s=>S(38,s)))}),i(421,{date:Ce(n)}),o?i(329,{date:pe(o)}):i(330)])}var Cc=["darwin","win32","linux"],Ec={darwin:"~/",linux:"~/",win32:"%USERPROFILE%\\"};function fr({actions:t}){let[e,n]=_(null),[o,s]=_(null);return T(()=>{t.listConnectors().then(n,s)},[]),l`
<div class="view-scroll" tabindex="-1"><div class="view">
<h1>${i(400)}</h1>
<p class="muted">${i(401)}</p>
${o&&l`<p class="problem" role="alert">${O(o).message}</p>`}
${!o&&!e&&l`<p class="waiting">${i(11)}</p>`}
${e&&l`<${Ac} url=${e.url} /><${Mc} offer=${e} />`}
<${pr} actions=${t} />
</div></div>
`}function Ac({url:t}){return l`
<section aria-labelledby="address-title">
<h2 id="address-title">${i(402)}</h2>
<p class="muted">${i(403)}</p>
<${Kt} label=${i(404)} value=${t} />
</section>
`}function Mc({offer:t}){let[e,n]=_(t.connectors[0].id),[o,s]=_(Lc(location.hostname)?"local":"remote"),[r,a]=_(Pc()),c=t.connectors.find(d=>d.id===e),u=o==="local"&&c.local,m=t.connectors.map(({id:d,title:f})=>({value:d,text:f}));return l`
<section aria-labelledby="clients-title">
<h2 id="clients-title">${i(405)}</h2>
<div class="field-row">
<${F} label=${i(406)} value=${e} options=${m} onPick=${n} />
<${F} label=${i(407)} value=${r} options=${Cc.map(d=>({value:d,text:S(408,d)}))} onPick=${a} />
${c.local&&l`<${F} label=${i(409)} value=${o} onPick=${s}
options=${["remote","local"].map(d=>({value:d,text:S(410,d)}))} />`}
</div>
<${Tc} client=${c} url=${t.url} platform=${r} local=${u} />
</section>
`}function Tc({client:t,url:e,platform:n,local:o}){let s=Oc(t,n),r=o||t.remote,a=o?"":` --server ${e.replace(/\/mcp$/,"")}`;return r?l`
<p><${G} text=${i(411,{file:s})} codeClass="path" /></p>
<${Kn} label=${i(412,{client:t.title})} text=${r} />
<p>${i(413)}</p>
<${Kn} label=${i(414)} text=${o?Rc(t):`basicchat mcp install ${t.id}${a}`} />
<p class="muted">${t.then}</p>
`:l`<${Dc} client=${t} server=${a} url=${e} />`}function Dc({client:t,server:e,url:n}){return l`
<p>${i(415,{client:t.title})}</p>
<${Kn} label=${i(414)}
text=${`basicchat mcp install ${t.id}${e} --token KEY`} />
<p class="muted">${t.then} ${n.startsWith("https:")?i(416):i(417)}</p>
`}function Kn({label:t,text:e}){let[n,o]=_(!1),s=async()=>{await re(e),o(!0),setTimeout(()=>o(!1),2e3)};return l`<div class="code">
<div class="code-head"><span>${t}</span>
<button type="button" class="copy-code" aria-label=${i(418,{label:t})}
onClick=${s}>${n?i(4):i(5)}</button></div>
<pre tabindex="0"><code>${e}</code></pre>
<span class="visually-hidden" role="status">${n?i(4):""}</span>
</div>`}function Oc({files:t},e){let n=t[e]??t.linux;return Ec[e]+(e==="win32"?n.replaceAll("/","\\"):n)}function Rc({id:t,local:e}){let[n]=Object.values(JSON.parse(e)),[{command:o,args:s}]=Object.values(n),r=s.indexOf("mcp")+1;return[o,...s.slice(0,r),"install",t,...s.slice(r)].map(c=>/\s/.test(c)?`"${c}"`:c).join(" ")}function Lc(t){return t==="localhost"||t==="[::1]"||/^127\./.test(t)}function Pc(){let t=navigator.userAgentData?.platform??navigator.platform??"";return/^mac/i.test(t)?"darwin":/^win/i.test(t)?"win32":"linux"}var Ic=[1,3,7,30],Nc=[1,5,25,100],qc=()=>Ic.map(t=>({value:String(t*24),text:i(28,{count:t})})),jc=()=>Nc.map(t=>({value:String(t),text:i(30,{count:t})}));function Uc(){let[t,e]=_("72"),[n,o]=_("1");return l`<div class="field-row">
<${F} label=${i(344)} name="hours" value=${t} options=${qc()}
onPick=${e} />
<${F} label=${i(345)} name="uses" value=${n} options=${jc()}
onPick=${o} />
</div>`}function Yn({id:t,invite:e,title:n,text:o,close:s,children:r}){let[a,c]=_(null),{busy:u,problem:m,submit:d}=B(async()=>{let{hours:f,uses:g}=te(document.getElementById(t));c(await e({hours:Number(f),uses:Number(g)}))});return a?l`<${Ee} title=${n} label=${i(347)} value=${a}
close=${s}
text=${o} />`:l`
<${z} label=${i(343)} onClose=${s}>
<form id=${t} class="stack" onSubmit=${d}>
<h2>${i(343)}</h2>
${r}
<${Uc} />
<${q} error=${m} />
<div class="modal-buttons">
<button type="button" class="button" onClick=${s}>${i(1)}</button>
<button class="button primary" disabled=${u}>${i(346)}</button>
</div>
</form>
<//>
`}var Bc=()=>["member","viewer"].map(t=>({value:t,text:S(352,t)}));function hr({room:t,actions:e,close:n}){let[o,s]=_("member");return l`
<${Yn} id="room-link" invite=${a=>e.createInvitation({room_id:t.room_id,room_role:o,...a})} close=${n}
title=${i(348)} text=${i(349)}>
<p>${i(350,{room:t.name})}</p>
<${F} label=${i(351)} value=${o} options=${Bc()} onPick=${s}
data-focus />
<//>
`}function gr({label:t,user:e,role:n,onPick:o,...s}){let r=Ft(e).map(a=>({value:a,text:S(34,a)}));return l`<${F} label=${t} value=${n} options=${r} onPick=${o}
hint=${S(35,n)} ...${s} />`}function br({state:t,actions:e,close:n}){let[o,s]=_("member"),[r,a]=_(null),{busy:c,problem:u,submit:m}=B(async()=>{let{name:d,password:f}=te(document.getElementById("add-user")),g=await e.addUser({name:d.trim(),role:o,...f&&{password:f}});g.password?a(g):(n(),e.notify(i(381,{name:g.user.name})))});if(r){let{name:d}=r.user;return l`<${Ee} title=${i(380,{name:d})} label=${i(13)}
value=${r.password} close=${n} text=${i(382,{name:d})} />`}return l`
<${z} label=${i(360)} onClose=${n}>
<form id="add-user" class="stack" onSubmit=${m}>
<h2>${i(360)}</h2>
<${W} label=${i(12)} name="name" maxlength="100" required data-focus
autocomplete="off"
hint=${i(378)} />
<${gr} label=${i(19)} user=${t.user} role=${o}
onPick=${s} />
<${W} label=${i(13)} name="password" type="password" minlength="8"
autocomplete="new-password" hint=${i(379)} />
<${q} error=${u} />
<div class="modal-buttons">
<button type="button" class="button" onClick=${n}>${i(1)}</button>
<button class="button primary" disabled=${c}>${i(0)}</button>
</div>
</form>
<//>
`}function yr({state:t,actions:e,close:n}){let[o,s]=_("member");return l`
<${Yn} id="invite-to-server" invite=${a=>e.createInvitation({role:o,...a})} close=${n}
title=${i(353)} text=${i(354)}>
<${gr} label=${i(355)} user=${t.user} role=${o}
onPick=${s}
data-focus />
<//>
`}function _r({user:t,actions:e,close:n}){let[o,s]=_(null),{busy:r,problem:a,submit:c}=B(async()=>{let m=Fc();await e.changeUser(t.id,{password:m}),s(m)}),{name:u}=t;return o?l`<${Ee} title=${i(387,{name:u})}
label=${i(13)}
value=${o} close=${n} text=${i(388,{name:u})} />`:l`
<${z} label=${i(383)} onClose=${n}>
<form class="stack" onSubmit=${c}>
<h2>${i(384,{name:u})}</h2>
<p>${i(385,{name:u})}</p>
<${q} error=${a} />
<div class="modal-buttons">
<button type="button" class="button" data-focus
onClick=${n}>${i(1)}</button>
<button class="button primary" disabled=${r}>${i(386)}</button>
</div>
</form>
<//>
`}var $r="abcdefghijkmnpqrstuvwxyz23456789";function Fc(){let t=crypto.getRandomValues(new Uint8Array(20));return Array.from(t,n=>$r[n%$r.length]).join("").match(/.{5}/g).join("-")}function wr({invitation:t,actions:e}){let{busy:n,problem:o,submit:s}=B(e.acceptInvitation),{room:r,error:a}=t,c=e.dismissInvitation,u=a?i(287):i(286),m=!!a||"role"in t;return l`
<${z} label=${u} onClose=${c}>
<form class="stack" onSubmit=${s}>
<h2>${u}</h2>
${!m&&l`<p class="waiting">${i(288)}</p>`}
${a&&l`<${q} error=${a} />`}
${m&&!a&&l`<p>${r?vr(t):i(289)}</p>`}
<${q} error=${o} />
<div class="modal-buttons">
<button type="button" class="button" data-focus
onClick=${c}>${r?i(290):i(2)}</button>
${r&&l`<button class="button primary" disabled=${n}>${i(291)}</button>`}
</div>
</form>
<//>
`}function vr({inviter:t=i(292),room:e}){return e?i(293,{inviter:t,room:e.name}):i(294,{inviter:t})}function kr({invitation:t,actions:e,onLogIn:n}){let o=M(),{busy:s,problem:r,submit:a}=B(async()=>{let{name:m,password:d}=te(o.current);await e.acceptWithNewAccount(m.trim(),d)}),{error:c,role:u}=t;if(Ht(o,!c&&!!u),c){let m=c.kind==="not_found";return l`<h1>${m?i(287):i(286)}</h1>
<${q} error=${c} />
${!m&&l`<button type="button" class="button primary wide"
onClick=${()=>e.previewInvitation(t.code)}>${i(21)}</button>`}
<button type="button" class="button wide"
onClick=${e.dismissInvitation}>${i(296)}</button>`}return u?l`
<h1>${i(286)}</h1>
<p>${vr(t)} ${S(295,u)}</p>
<form ref=${o} class="stack" onSubmit=${a}>
<${W} label=${i(297)} name="name" maxlength="100" required
autocomplete="username"
hint=${i(298)} />
<${W} label=${i(299)} name="password" type="password"
minlength="8" required
autocomplete="new-password" hint=${i(14)} />
<${q} error=${r} />
<button class="button primary wide" disabled=${s}>${i(291)}</button>
</form>
<button type="button" class="link" onClick=${n}>${i(300)}</button>
`:l`<h1>${i(286)}</h1><p class="waiting">${i(288)}</p>`}var zc={"add-user":br,"invite-to-server":yr,"new-password":_r,"new-key":Ps,keys:Is,prompt:Hc,"room-link":hr};function Wc({title:t,text:e,verb:n,onConfirm:o,close:s}){let r=()=>{s(),o()};return l`
<${z} label=${t} onClose=${s}>
<h2>${t}</h2>
<p>${e}</p>
<div class="modal-buttons">
<button type="button" class="button" data-focus
onClick=${s}>${i(1)}</button>
<button type="button" class="button danger" onClick=${r}>${n}</button>
</div>
<//>
`}function Hc({title:t,text:e,label:n,value:o,verb:s,onConfirm:r,close:a}){let[c,u]=_(o);return l`
<${z} label=${t} onClose=${a}>
<form onSubmit=${d=>{d.preventDefault(),a(),c.trim()&&c.trim()!==o&&r(c.trim())}}>
<h2>${t}</h2>
${e&&l`<p>${e}</p>`}
<label class="field">
<span>${n}</span>
<input data-focus value=${c} maxlength="200" required
onInput=${d=>u(d.target.value)}
onFocus=${d=>d.target.select()} />
</label>
<div class="modal-buttons">
<button type="button" class="button" onClick=${a}>${i(1)}</button>
<button class="button primary">${s}</button>
</div>
</form>
<//>
`}function xr({state:t,actions:e}){let{dialog:n,invitation:o}=t,r={...n,state:t,actions:e,close:()=>e.openDialog(null)};if(!n)return l`<${wr} invitation=${o} actions=${e} />`;let a=zc[n.kind]??Wc;return l`<${a} key=${n.kind} ...${r} />`}function qe({title:t,modal:e,onClose:n,tools:o,children:s}){let r=M();return D(()=>{let a=document.activeElement;return r.current.focus(),()=>a?.isConnected&&a.focus()},[]),l`
<div class="panel" ref=${r} tabindex="-1" role=${e?"dialog":"complementary"}
aria-modal=${e||null} aria-label=${t}>
<header class="panel-head">
<h2 title=${t}>${t}</h2>
${o}
<${V} icon="close" label=${i(2)} onClick=${n} />
</header>
<div class="panel-body" tabindex="0">${s}</div>
</div>
`}function Sr({state:t,actions:e,uploads:n,modal:o}){let{documents:s,tasks:r}=t,a=t.limits.max_upload_bytes,c=M(),u=()=>{n.add(c.current.files),c.current.value=""};return l`
<${qe} title=${i(222)} modal=${o} onClose=${()=>e.openPanel(null)}>
<div class="drop-here">
<input ref=${c} type="file" multiple hidden accept=${Ae.join(",")}
onChange=${u} />
<button type="button" class="button primary"
onClick=${()=>c.current.click()}><${v} name="upload" size=${18}
/> ${i(223)}</button>
<span class="muted"><span class="with-mouse">${i(224)} </span>${a&&i(225,{size:Se(a)})}</span>
</div>
${s===null&&l`<p class="waiting">${i(226)}</p>`}
${s?.length===0&&!t.uploads.length&&l`<p
class="panel-empty">${i(227)}</p>`}
<ul class="documents" aria-label=${i(222)}
onKeyDown=${m=>fe(m,".document-name")}>
${t.uploads.map(m=>l`<${Kc} key=${m.id} upload=${m}
uploads=${n} />`)}
${s?.map(m=>l`<${Yc} key=${m.document_id} doc=${m}
task=${r[m.task_id]} actions=${e} />`)}
</ul>
<//>
`}function Kc({upload:t,uploads:e}){let{name:n,size:o,status:s,progress:r,error:a,again:c}=t,u=s==="failed"||s==="duplicate";return l`
<li class="document" data-status=${s}>
<div class="document-main">
<span class="document-title">${n}</span>
${s==="failed"?l`<p class="problem" role="alert"><${G} text=${a} /></p>`:l`<span
class="muted">${Z([S(236,s),Se(o)])}</span>`}
${s==="uploading"&&l`<${Cr} value=${r} label=${i(237,{name:n})}
/>`}
</div>
${c&&l`<button type="button" class="icon-button small"
aria-label=${i(238,{name:n})} title=${i(21)}
onClick=${()=>e.again(t)}><${v} name="retry" size=${16} /></button>`}
${u&&l`<button type="button" class="icon-button small"
aria-label=${i(239,{name:n})}
title=${i(7)} onClick=${()=>e.dismiss(t.id)}><${v}
name="close" size=${16}
/></button>`}
</li>
`}function Yc({doc:t,task:e,actions:n}){let{document_id:o,title:s,status:r,error:a}=t,c=()=>n.openPanel({kind:"source",document:t}),u=()=>n.openDialog({title:i(229),text:i(230,{title:s}),verb:i(6),onConfirm:()=>n.deleteDocument(o)}),m=r==="queued"||r==="indexing";return l`
<li class="document" data-status=${r}>
<div class="document-main">
<button type="button" class="document-name document-title" disabled=${r!=="ready"}
title=${s} onClick=${c}>${s}</button>
${r==="failed"?l`<p class="problem"><${G}
text=${a??i(231)}
/></p>`:l`<span class="muted">${Gc(t,e)}</span>`}
${m&&l`<${Cr} value=${e?.progress} label=${i(234,{title:s})} />`}
</div>
<button type="button" class="icon-button small"
aria-label=${i(228,{title:s})} title=${i(6)}
onClick=${u}><${v} name="trash" size=${16} /></button>
</li>
`}function Gc({status:t,pages:e,bytes:n},o){return t==="queued"?i(232):t==="indexing"?o?.message||i(233):Z([Se(n),e&&i(235,{count:e})])}function Cr({value:t,label:e}){return l`<progress class="progress" max="1" value=${t??null}
aria-label=${e}></progress>`}function Vc(t){let e=t.slice(1),n=S(274,e);return n&&{message:n,hint:S(275,e)}}function Er({state:t,actions:e}){let{invitation:n}=t,[o,s]=_(!1);return l`
<main class="login">
<div class="login-card">
<${oe} size=${40} />
${n&&!o?l`<${kr} invitation=${n} actions=${e}
onLogIn=${()=>s(!0)} />`:l`<${Xc} state=${t} actions=${e} />`}
</div>
</main>
`}function Xc({state:t,actions:e}){let[n,o]=_(null),[s]=_(()=>Vc(location.hash));T(()=>{e.loginOptions().then(o,()=>{})},[]);let r=t.connection.status==="forbidden"||t.user!==null;return l`
<h1>${i(269)}</h1>
${s?l`<${q} error=${s} />`:r&&l`<${Jc} state=${t} />`}
<${Qc} state=${t} actions=${e} />
${n?.oidc&&l`<p class="or"><span>${i(273)}</span></p>
<a class="button wide"
href=${n.oidc.path.replace(/^\//,"")}>${i(272,{name:n.oidc.name})}</a>`}
<${Zc} actions=${e} />
`}function Jc({state:t}){let n=t.connection.status==="forbidden"?{message:i(276),hint:i(277)}:{message:i(278),hint:i(279)};return l`<${q} error=${n} />`}function Qc({actions:t}){let e=M(),{busy:n,problem:o,submit:s}=B(async()=>{let{name:r,password:a}=te(e.current);await t.logIn(r.trim(),a)});return Ht(e),l`
<form ref=${e} class="stack" onSubmit=${s}>
<${W} label=${i(12)} name="name" required autocomplete="username"
autocapitalize="none"
spellcheck=${!1} />
<${W} label=${i(13)} name="password" type="password" required
autocomplete="current-password" />
<${q} error=${o} />
<button class="button primary wide"
disabled=${n}>${n?i(271):i(270)}</button>
</form>
`}function Zc({actions:t}){let[e,n]=_(""),{busy:o,problem:s,submit:r}=B(async()=>{let a=e.match(/[?&]code=([^&\s]+)/)?.[1];if(a)return location.assign(`login?code=${a}`);try{await t.logInWithToken(e.trim())}catch{throw Object.assign(new Error(i(284)),{hint:i(285)})}});return l`
<details class="other-ways">
<summary>${i(280)}</summary>
<form class="stack" onSubmit=${r}>
<p class="muted"><${G} text=${i(281)} /></p>
<${W} label=${i(282)} name="token" required value=${e}
autocomplete="off" spellcheck=${!1} placeholder="…/login?code=…"
onInput=${a=>n(a.target.value)} />
<${q} error=${s} />
<button class="button wide" disabled=${o}>${i(283)}</button>
</form>
</details>
`}var Jn={};ye(Jn,{actions:()=>ul,events:()=>dl,initial:()=>ll,roomOf:()=>$e,signals:()=>ml,statusOf:()=>ge});var Xn={};ye(Xn,{actions:()=>tl,chat:()=>I,events:()=>nl,initial:()=>el,merge:()=>Jt,queuedCount:()=>rt});var el={chats:{},runs:{}},Mr={messages:[],pending:[],older:null,loading:!0,error:null,shown:{},members:null,presence:{},typing:{},target:null},Ar=50,tl={snapshot:(t,e)=>ol(t,e),"chat.failed":(t,{roomId:e,error:n})=>I(t,e,()=>({loading:!1,error:n})),"chat.loading":(t,{roomId:e})=>I(t,e,()=>({loading:!0,error:null})),older:(t,{roomId:e,messages:n,next:o})=>I(t,e,s=>({messages:Jt(n,s.messages),older:o??null})),shown:(t,{roomId:e,parentId:n,messageId:o})=>I(t,e,s=>({shown:{...s.shown,[n]:o}})),target:(t,{roomId:e,messageId:n})=>I(t,e,()=>({target:n})),pending:(t,{roomId:e,item:n})=>I(t,e,o=>({pending:[...o.pending,n]})),"pending.failed":(t,{roomId:e,id:n,error:o})=>I(t,e,s=>({pending:s.pending.map(r=>r.id===n?{...r,error:o}:r)})),"pending.done":(t,{roomId:e,id:n})=>I(t,e,o=>({pending:o.pending.filter(s=>s.id!==n)})),"pending.accepted":(t,{roomId:e,id:n,seq:o})=>cl(t,e,n,o),"pending.moved":(t,{from:e,roomId:n,id:o})=>al(t,e,n,o),text:(t,{texts:e})=>{let n={...t.runs};for(let[o,s]of Object.entries(e))n[o]&&(n[o]={...n[o],parts:s});return{...t,runs:n}},run:(t,{run:e})=>Vn(t,e)},nl={"message.created":(t,e)=>vn(Gn(t,e),e),"message.updated":(t,e)=>Gn(t,e),"message.deleted":(t,e)=>Gn(t,e),"feedback.set":(t,e)=>rl(t,e),"run.started":(t,e)=>Vn(t,e),"run.step":(t,e)=>Vn(t,e),"run.completed":(t,e)=>st(t,e),"run.failed":(t,e)=>st(t,e),"run.cancelled":(t,e)=>st(t,e),"run.interrupted":(t,e)=>st(t,e),"room.deleted":(t,{room_id:e})=>il(t,e)};function I(t,e,n){let o=t.chats[e]??Mr;return{...t,chats:{...t.chats,[e]:{...o,...n(o)}}}}var rt=({chats:t})=>Object.values(t).flatMap(e=>e.pending).filter(e=>!e.error&&!e.accepted).length;function ol(t,{room_id:e,room:n,messages:o,members:s,presence:r,active_runs:a}){let c=o[0]?.seq,u=I(t,e,f=>{let p=f.messages.some($=>$.seq>=c)||o.length<Ar?f.messages.filter($=>$.seq<c):[],h=p.length?f.older:o.length>=Ar?c:null;return{messages:Jt(p,o),pending:f.pending.filter($=>!$.accepted),older:h,loading:!1,error:null,members:s??n?.members??f.members,presence:r??{},typing:{}}}),m=Object.entries(t.runs).filter(([,f])=>f.room_id!==e),d=Object.fromEntries(m);for(let f of a)d[f.run_id]={steps:[],...t.runs[f.run_id],...f,room_id:e,status:"running"};return{...u,runs:d}}function Jt(t,e){return[...new Map([...t,...e].map(o=>[o.message_id,o])).values()].sort((o,s)=>o.seq-s.seq)}function Gn(t,e){return I(t,e.room_id,n=>{let o=n.messages.find(u=>u.message_id===e.message_id);if(!o&&n.older!==null&&e.seq<n.older)return{};let r=e.author.id===t.user?.id&&!o?n.pending.findIndex(u=>!u.error&&u.text===e.text):-1,a={...n.shown};!o&&e.author.kind==="assistant"&&delete a[e.parent_id];let c=o?.detail&&!e.deleted_at?{detail:o.detail}:{};return{messages:Jt(n.messages,[{...e,...c}]),pending:r<0?n.pending:n.pending.filter((u,m)=>m!==r),shown:a,members:sl(n.members,e.author.id,e.seq)}})}var sl=(t,e,n)=>t?.map(o=>o.id===e&&(o.read_seq??0)<n?{...o,read_seq:n}:o)??null;function rl(t,{message_id:e,room_id:n,user_id:o,value:s,comment:r}){return I(t,n,a=>({messages:a.messages.map(c=>{if(c.message_id!==e)return c;let{[o]:u,...m}=c.feedback??{};return s&&(m[o]={value:s,...r&&{comment:r}}),{...c,feedback:m}})}))}function Vn(t,e){if(e.status!=="running")return st(t,e);let n=t.runs[e.run_id],o=n?.parts?.length?n.parts:e.parts??[];return{...t,runs:{...t.runs,[e.run_id]:{...n,...e,parts:o}}}}function st(t,e){let n={...t.runs};delete n[e.run_id];let o={steps:e.steps,parts:e.parts,usage:e.usage,timings:e.timings};return{...I(t,e.room_id,r=>({messages:r.messages.map(a=>a.message_id===e.message_id?{...a,detail:o}:a)})),runs:n}}function il(t,e){let n=t.rooms?.filter(a=>a.room_id!==e)??null,o=Object.fromEntries(Object.entries(t.runs).filter(([,a])=>a.room_id!==e)),s={...Mr,loading:!1,error:{kind:"not_found"}},r=t.panel?.kind==="members"&&t.roomId===e?null:t.panel;return{...t,rooms:n,runs:o,panel:r,chats:{...t.chats,[e]:s}}}function al(t,e,n,o){let s=t.chats[e].pending.find(a=>a.id===o),r=I(t,e,a=>({pending:a.pending.filter(c=>c!==s)}));return I(r,n,a=>({pending:[...a.pending,s],loading:!1}))}function cl(t,e,n,o){return I(t,e,({pending:s,messages:r})=>{let a=s.find(u=>u.id===n);return r.some(u=>a&&u.seq>=o-2&&u.text===a.text)?{pending:s.filter(u=>u!==a)}:{pending:s.map(u=>u===a?{...u,accepted:!0}:u)}})}var ll={directory:null,invitations:null,keys:{}},ul={directory:(t,{users:e})=>({...t,directory:e.map(Tr)}),"directory.put":(t,{user:e})=>({...t,directory:t.directory&&Qt("id",t.directory,Tr(e))}),"directory.removed":(t,{userId:e})=>({...t,directory:t.directory?.filter(n=>n.id!==e)??null}),invitations:(t,{invitations:e})=>({...t,invitations:e}),"invitation.put":(t,{invitation:e})=>({...t,invitations:t.invitations&&Qt("invitation_id",t.invitations,e)}),"invitation.removed":(t,{id:e})=>({...t,invitations:t.invitations?.filter(n=>n.invitation_id!==e)??null}),keys:(t,{userId:e,keys:n})=>({...t,keys:{...t.keys,[e]:n}}),"key.put":(t,{key:e})=>Or(t,e.user_id,n=>Qt("key_id",n,e)),"key.removed":(t,{userId:e,keyId:n})=>Or(t,e,o=>o.filter(s=>s.key_id!==n)),"typing.expired":(t,{roomId:e,userId:n})=>Rr(t,e,n)},dl={"member.joined":(t,e,{stream:n})=>Dr(t,e,n),"member.changed":(t,e,{stream:n})=>Dr(t,e,n),"member.left":(t,{id:e},{stream:n})=>I(t,$e(n),o=>{let{[e]:s,...r}=o.presence;return{members:o.members?.filter(a=>a.id!==e)??null,presence:r}})},ml={presence:(t,{stream:e,data:n})=>I(t,$e(e),o=>{let s={...o.presence,...n.joined};for(let r of n.left)delete s[r];return{presence:s}}),typing:(t,{stream:e,data:{user:n,typing:o}})=>n.id===t.user?.id?t:o?I(t,$e(e),s=>({typing:{...s.typing,[n.id]:n.name}})):Rr(t,$e(e),n.id)},$e=t=>t.slice(5),ge=(t,e)=>t?.[e]?.status??"offline",Tr=t=>({status:"active",...t});function Rr(t,e,n){return t.chats[e]?.typing[n]?I(t,e,({typing:{[n]:o,...s}})=>({typing:s})):t}function Dr(t,e,n){return I(t,$e(n),o=>({members:Qt("id",o.members??[],e)}))}var Or=(t,e,n)=>({...t,keys:{...t.keys,[e]:n(t.keys[e]??[])}});function Qt(t,e,n){return e.some(s=>s[t]===n[t])?e.map(s=>s[t]===n[t]?n:s):[...e,n]}function Lr({state:t,actions:e}){let{rooms:n,roomId:o,view:s,visible:r,drafts:a}=t;if(!n)return l`<p class="sidebar-empty">${i(84)}</p>`;if(!n.length)return l`<p class="sidebar-empty">${!t.user||K(t.user)?i(85):i(86)}</p>`;let c=s.name==="chat"?o:null,u=n.some(m=>m.room_id===c)?c:n[0].room_id;return l`
<nav class="rooms" aria-label=${i(83)}>
<ul onKeyDown=${m=>fe(m,".room-link")}>
${n.map(m=>l`<${pl} key=${m.room_id} room=${m} me=${t.user?.id}
open=${m.room_id===c} seen=${r} first=${m.room_id===u}
draft=${m.room_id!==c&&!!a[m.room_id]?.text}
actions=${e} />`)}
</ul>
</nav>
`}function pl({room:t,open:e,seen:n,first:o,draft:s,actions:r}){let{room_id:a,name:c,unread:u}=t,m=H(t),d=Qn(t,r),f=h=>{let $={F2:d.rename,Delete:d.remove??d.leave}[h.key];$&&(h.preventDefault(),$())},g=o?0:-1,p=u>0&&!(e&&n);return l`
<li class="room" data-open=${e} data-unread=${p}>
<a class="room-link" href=${se(a)} tabindex=${g} aria-current=${e?"page":null}
title=${c} onKeyDown=${f} onClick=${()=>r.openDrawer(!1)}>
${m&&l`<span class="room-kind"
title=${i(247,{count:t.members.length})}><${v}
name="people" size=${16} /><span
class="visually-hidden">${i(87)} </span></span>`}
<span class="room-name">${c||i(88)}</span>
${s&&l`<span class="room-draft"
title=${i(90)}><${v} name="pencil" size=${14} /><span
class="visually-hidden"> ${i(89)}</span></span>`}
${p&&l`<span class="unread"><span
aria-hidden="true">${u>99?i(92):u}</span><span
class="visually-hidden"> ${i(91,{count:u})}</span></span>`}
</a>
<span class="room-buttons"><${ne} label=${i(93,{name:c})} tabindex=${g}
items=${d.items} /></span>
</li>
`}function Qn(t,e){let{room_id:n,name:o}=t,s=tt(t),r=s&&(()=>e.openDialog({kind:"prompt",title:i(94),label:i(12),value:o,verb:i(17),onConfirm:m=>e.renameRoom(n,m)})),a=s&&(()=>e.openDialog({title:i(95),text:H(t)?i(97,{name:o,count:t.members.length}):i(96,{name:o}),verb:i(6),onConfirm:()=>e.deleteRoom(n)})),c=H(t)&&(()=>e.openDialog({title:i(98),text:i(99,{name:o}),verb:i(10),onConfirm:()=>e.leaveRoom(n)})),u=[r&&{text:i(17),icon:"pencil",act:r},c&&{text:i(10),icon:"out",act:c},a&&{text:i(6),icon:"trash",danger:!0,act:a}];return{rename:r||void 0,remove:a||void 0,leave:c||void 0,items:u}}var Pr={online:0,away:1,offline:2},fl=20,Ir=()=>Ss.map(t=>({value:t,text:S(37,t)}));function Nr({state:t,actions:e,modal:n}){let o=t.rooms?.find(u=>u.room_id===t.roomId);if(!o)return null;let s=t.chats[o.room_id],r=hl(s?.members??o.members,s?.presence),a=tt(o),c=Qn(o,e);return l`
<${qe} title=${i(246)} modal=${n} onClose=${()=>e.openPanel(null)}>
${a&&l`<${gl} state=${t} room=${o} members=${r}
actions=${e} />`}
<h3 class="panel-title">${i(247,{count:r.length})}</h3>
<ul class="members" aria-label=${i(246)}>
${r.map(u=>l`<${$l} key=${u.id} member=${u} room=${o}
me=${t.user?.id} status=${ge(s?.presence,u.id)} manages=${a}
actions=${e} />`)}
</ul>
<div class="panel-foot">
${c.rename&&l`<button type="button" class="button" onClick=${c.rename}><${v}
name="pencil" size=${16} /> ${i(17)}</button>`}
${c.leave&&l`<button type="button" class="button" onClick=${c.leave}><${v}
name="out" size=${16} /> ${i(10)}</button>`}
${c.remove&&l`<button type="button" class="button danger-text" 
onClick=${c.remove}><${v} name="trash" size=${16} /> ${i(6)}</button>`}
</div>
<//>
`}var hl=(t,e)=>[...t].sort((n,o)=>Pr[ge(e,n.id)]-Pr[ge(e,o.id)]||n.name.localeCompare(o.name));function $l({member:t,room:e,me:n,status:o,manages:s,actions:r}){let{id:a,name:c,role:u}=t,m=a===n,d=()=>r.openDialog({title:i(251,{name:c}),text:i(252,{name:c}),verb:i(16),onConfirm:()=>r.removeMember(e.room_id,a)});return l`
<li class="member" data-user=${c}>
<${Y} id=${a} name=${c} status=${o} />
<span class="member-text"><span class="member-name" title=${c}>${c}${m&&l` <span
class="muted">${i(22)}</span>`}</span>
<span class="muted">${S(248,o)}</span></span>
${s?l`<${F} quiet label=${i(36,{name:c})} value=${u} options=${Ir()}
onPick=${f=>r.changeRole(e.room_id,a,f)} />`:l`<span class="muted">${S(37,u)}</span>`}
${s&&!m&&l`<${ne} label=${i(249,{name:c})}
items=${[{text:i(250),icon:"trash",danger:!0,act:d}]} />`}
</li>
`}function gl({state:t,room:e,members:n,actions:o}){let[s,r]=_(""),[a,c]=_("member"),u=Es(t.user);T(()=>{u&&o.loadDirectory().catch(o.showError)},[u]);let m=new Set(n.map($=>$.id)),d=s.trim().toLowerCase(),f=(t.directory??[]).filter($=>!m.has($.id)&&$.status==="active"),g=f.filter($=>$.name.toLowerCase().includes(d)),p=$=>{r(""),o.addMember(e.room_id,$.id,a)},h=d||f.length<=5;return l`
<section class="invite" aria-label=${i(253)}>
${u&&l`<div class="invite-row">
<label class="field grow"><span>${i(254)}</span>
<input type="search" value=${s} placeholder=${i(12)} autocomplete="off"
onInput=${$=>r($.target.value)} /></label>
<${F} label=${i(255)} value=${a} options=${Ir()} onPick=${c} />
</div>
${h&&l`<ul class="members found" aria-label=${i(256)}>
${g.slice(0,fl).map($=>l`<li class="member" key=${$.id}>
<${Y} id=${$.id} name=${$.name} />
<span class="member-text member-name">${$.name}</span>
<button type="button" class="button"
aria-label=${i(257,{name:$.name})}
onClick=${()=>p($)}><${v} name="plus"
size=${16} /> ${i(0)}</button>
</li>`)}
</ul>`}
${t.directory&&d&&!g.length&&l`<p class="muted" role="status">${i(258)}</p>`}`}
${jn(t.user)&&l`<button type="button" class="button"
onClick=${()=>o.openDialog({kind:"room-link",room:e})}><${v} name="link"
size=${16}
/> ${i(343)}</button>`}
</section>
`}var bl=/\*\*|__|`+|^#{1,6} |^> /gm;function jr(t,e){let n=t.replace(bl,"").replace(/\s+/g," ").trim(),o=qr(e).split(/[^\p{L}\p{N}]+/u).filter(Boolean),s=o.length?new RegExp(`(?<![\\p{L}\\p{N}])(?:${o.join("|")})`,"giu"):null,r=qr(n),a=s&&r.length===n.length?[...r.matchAll(s)]:[],c=Math.max(0,(a[0]?.index??0)-60),u=c===0?0:n.indexOf(" ",c)+1||c,m=Math.min(n.length,u+240),d=[],f=(p,h)=>p&&d.push({text:p,hit:h}),g=u;for(let{index:p,0:{length:h}}of a)p<g||p+h>m||(f(n.slice(g,p),!1),f(n.slice(p,p+h),!0),g=p+h);return f(n.slice(g,m),!1),u>0&&d.unshift({text:"…",hit:!1}),m<n.length&&d.push({text:"…",hit:!1}),d}var qr=t=>t.normalize("NFD").replace(/\p{M}/gu,"").toLowerCase();function Ur({state:t,actions:e}){let{search:n,rooms:o,roomId:s}=t,r=M(),a=e.closeSearch,c=o?.find(m=>m.room_id===s),u=m=>{let d=r.current.querySelector(".result");m.key==="ArrowDown"&&m.target.matches("[role=searchbox]")&&d?(m.preventDefault(),d.focus()):fe(m,".result")};return l`
<${z} label=${i(259)} className="search" onClose=${a}>
<div ref=${r} onKeyDown=${u}>
<div class="search-head">
<${v} name="search" />
<input role="searchbox" enterkeyhint="search" data-focus value=${n.query}
placeholder=${i(260)}
aria-label=${i(260)} autocomplete="off" spellcheck=${!1}
onInput=${m=>e.search(m.target.value,n.roomId)} />
<button type="button" class="icon-button" aria-label=${i(2)}
onClick=${a}><${v}
name="close" /></button>
</div>
${c&&l`<label class="check"><input type="checkbox" checked=${n.roomId===s}
onChange=${m=>e.search(n.query,m.target.checked?s:null)} />
${i(261,{room:c.name})}</label>`}
<${yl} search=${n} rooms=${o} onPick=${a} onMore=${e.searchMore} />
</div>
<//>
`}function yl({search:t,rooms:e,onPick:n,onMore:o}){let{results:s,next:r,busy:a,error:c,query:u}=t;if(c)return l`<p class="problem" role="alert">${O(c).message}</p>`;if(!u.trim()||s===null)return l`<p class="search-note muted"
role="status">${a?i(262):i(263)}</p>`;let m=s.length,d=r?i(265,{count:m}):i(264,{count:m});return l`
<p class=${m?"visually-hidden":"search-note muted"}
role="status">${m?d:i(266,{query:u.trim()})}</p>
<ul class="results" aria-label=${i(267)}>
${s.map(f=>l`<li key=${f.message_id}>
<a class="result" href=${se(f.room_id,f.message_id)} onClick=${n}>
<span class="result-head"><strong>${wl(f)}</strong>
<span class="muted">${_l(e,f.room_id)}</span>
<time class="muted"
datetime=${f.created_at}>${pe(f.created_at)}</time></span>
<span class="result-text">${jr(f.text,u).map(g=>g.hit?l`<mark>${g.text}</mark>`:g.text)}</span>
</a></li>`)}
${r&&l`<li><button type="button" class="button wide"
onClick=${o}>${i(268)}</button></li>`}
</ul>
`}var _l=(t,e)=>t?.find(n=>n.room_id===e)?.name??"",wl=({author:t})=>t.kind==="assistant"?i(39):t.name;function Br({connection:t,queued:e,onRetry:n}){let{status:o,transport:s,retryAt:r}=t,[a,c]=_(Date.now()),[u,m]=_(!0);if(T(()=>{m(!0);let f=setTimeout(()=>m(!1),700),g=setInterval(()=>c(Date.now()),500);return()=>{clearTimeout(f),clearInterval(g)}},[o==="online"]),o==="online")return l`<${vl} transport=${s} patient=${u} />`;if(u)return l`<div class="status-area" role="status"></div>`;let d=Math.max(0,Math.ceil(((r??0)-a)/1e3));return l`
<div class="status-area" role="status">
<div class="status" data-status=${o}>
<span><span class="dot" aria-hidden="true"></span> ${kl(o,e)}</span>
${o==="reconnecting"&&l`<span class="muted"
aria-hidden="true">${d>0?i(78,{seconds:d}):i(79)}</span>`}
${o==="reconnecting"&&l`<button type="button" class="link"
onClick=${n}>${i(80)}</button>`}
${o==="failed"&&l`<button type="button" class="link"
onClick=${()=>location.reload()}>${i(15)}</button>`}
</div>
</div>
`}function vl({transport:t,patient:e}){let[n,o]=_(!1);return l`<div class="status-area" role="status">${!e&&!n&&t&&t!=="websocket"&&l`<div class="status one-line" data-status="online">
<span><span class="dot" aria-hidden="true"></span> ${i(81)}${" "}
<span class="muted">${i(82)}</span></span>
<button type="button" class="icon-button small" aria-label=${i(7)}
onClick=${()=>o(!0)}><${v} name="close" size=${16} /></button>
</div>`}</div>`}function kl(t,e){if(zr(t))return i(74);let n=S(77,t);return n||(e?i(76,{count:e}):i(75))}function Fr({status:t,transport:e},n){return t==="online"?e==="websocket"?i(70):i(71):zr(t)?i(74):n?i(73,{count:n}):i(72)}var zr=t=>t==="connecting"||t==="idle";var xl=/mac|iphone|ipad/i.test(navigator.platform)?"apple":"pc";function Wr({state:t,actions:e,modal:n}){let{user:o,documents:s}=t,r=()=>e.openDrawer(!1),a=M();D(()=>{if(!n)return;let u=document.activeElement;return a.current.querySelector("a, button")?.focus(),()=>document.activeElement===document.body&&u?.focus()},[n]);let c=()=>e.openPanel(t.panel?.kind==="documents"?null:{kind:"documents"});return l`
<aside class="sidebar" ref=${a} aria-label=${i(59)} data-open=${n}>
<div class="sidebar-head">
<${oe} />
<span class="brand">BasicChat</span>
${n&&l`<${V} icon="close" label=${i(60)} onClick=${r} />`}
</div>
${K(o)&&l`<a class="sidebar-action" href="#" onClick=${r}><${v}
name="plus" /> ${i(61)}</a>
<button type="button" class="sidebar-action" onClick=${()=>Sl(e)}><${v}
name="people" /> ${i(62)}</button>`}
<button type="button" class="sidebar-action" onClick=${()=>e.openSearch()}><${v}
name="search" /> ${i(63)} <kbd
class="count with-mouse">${S(64,xl)}</kbd></button>
${ue(o)&&l`<button type="button" class="sidebar-action"
aria-expanded=${t.panel?.kind==="documents"} onClick=${c}>
<${v} name="files" /> ${i(222)}
${s?.length>0&&l`<span class="count">${s.length}</span>`}
</button>`}
<h2 class="sidebar-title">${i(59)}</h2>
<${Lr} state=${t} actions=${e} />
<${Cl} state=${t} actions=${e} />
</aside>
`}function Sl(t){t.openDialog({kind:"prompt",title:i(62),text:i(68),label:i(12),value:"",verb:i(69),onConfirm:e=>t.createRoom(e).catch(t.showError)})}function Cl({state:t,actions:e}){let{connection:n,provider:o,user:s}=t,r=rt(t);return l`
<div class="sidebar-foot">
${s&&l`<${El} user=${s} actions=${e} />`}
<div class="foot-row">
<div class="foot-lines">
<span class="foot-line"><span class="dot" data-status=${n.status}
aria-hidden="true"></span>${Fr(n,r)}</span>
${o&&l`<span class="foot-line muted"
title=${o.model}>${Ml(o)}</span>`}
</div>
<${Al} />
</div>
</div>
`}function El({user:t,actions:e}){let n=s=>()=>{e.openDrawer(!1),location.hash=s},o=[{text:i(301),icon:"user",act:n(Uo)},{text:i(400),icon:"link",act:n(Bo)},de(t)&&{text:i(356),icon:"shield",act:n(Mt())},{text:i(312),icon:"out",act:()=>e.logOut().catch(e.showError)}];return l`<${ne} class="person" label=${i(65)} items=${o}>
<${Y} id=${t.id} name=${t.name} />
<span class="person-text"><span class="person-name">${t.name}</span>
<span class="muted">${S(34,t.role)}</span></span>
<span class="visually-hidden">${i(65)}</span>
<${v} name="more" size=${18} />
<//>`}function Al(){let[t,e]=_(document.documentElement.dataset.theme),n=t==="dark"?"light":"dark",o=()=>{try{localStorage.setItem("basicchat.theme",n)}catch{}document.dispatchEvent(new Event("basicchat:theme")),document.documentElement.dataset.theme=n,e(n)};return l`<${V} icon=${t==="dark"?"sun":"moon"}
label=${S(66,n)} onClick=${o} />`}var Ml=({name:t})=>S(67,t)??t;var Hr=2e3,Zn=8e3;function Kr({panel:t,actions:e,modal:n}){let{citation:o,citations:s}=t,r=o?.document_id??t.document.document_id,a=o?.title??t.document.title,c=l`<a class="icon-button"
href=${`api/documents/${encodeURIComponent(r)}/content`} download
aria-label=${i(211)} title=${i(211)}><${v} name="download"
/></a>`,u=()=>e.openPanel({kind:"documents"});return l`
<${qe} title=${a} modal=${n} tools=${c}
onClose=${()=>e.openPanel(o?null:{kind:"documents"})}>
${o&&l`<${Tl} citations=${s} current=${o}
onPick=${m=>e.openPanel({...t,citation:m})} />`}
${!o&&l`<button type="button" class="link back" onClick=${u}><${v}
name="left" size=${16} /> ${i(212)}</button>`}
<${Ol} key=${`${r}:${o?.start}`} id=${r} citation=${o} actions=${e} />
<//>
`}function Tl({citations:t,current:e,onPick:n}){return l`
<div class="switch" role="group" aria-label=${i(213)}>
<span class="switch-place">${Ie(e)||i(214)}</span>
${t.length>1&&t.map(o=>l`<button key=${`${o.n}:${o.start}`} type="button"
class="cite" aria-pressed=${o===e}
aria-label=${i(215,{n:o.n,title:o.title})}
onClick=${()=>n(o)}>${o.n}</button>`)}
</div>
`}function Dl({problem:t,quote:e}){let{message:n,hint:o}=O(t.kind==="not_found"?{message:i(216),hint:i(217)}:t);return l`
<p class="problem" role="alert">${n} ${o}</p>
${e&&l`<blockquote
class="quote">${e}<footer>${i(218)}</footer></blockquote>`}
`}function Ol({id:t,citation:e,actions:n}){let[o,s]=_(()=>({start:Math.max(0,(e?.start??0)-Hr),end:(e?.end??Zn)+Hr})),[r,a]=_(null),[c,u]=_(null),m=M();if(T(()=>{let x=!1,k=w=>!x&&a(w);return n.readDocument(t,o.start,o.end).then(k,w=>!x&&u(w)),()=>x=!0},[o]),D(()=>m.current?.scrollIntoView({block:"center"}),[r===null]),c)return l`<${Dl} problem=${c} quote=${e?.quote} />`;if(!r)return l`<p class="waiting">${i(219)}</p>`;let{text:d,text_start:f,text_end:g}=r,[p,h,$]=e?Ds(d,f,e.start,e.end):[d,"",""],b=g<(r.characters??0);return l`
${f>0&&l`<button type="button" class="button older"
onClick=${()=>s({start:Math.max(0,f-Zn),end:g})}>${i(220)}</button>`}
<div
class="source-text">${p}${h&&l`<mark ref=${m} tabindex="-1">${h}</mark>`}${$}</div>
${b&&l`<button type="button" class="button older"
onClick=${()=>s({start:f,end:g+Zn})}>${i(221)}</button>`}
`}function Yr({notice:t,onClose:e}){T(()=>{if(!t||t.error)return;let o=setTimeout(e,4e3);return()=>clearTimeout(o)},[t]);let n=t?.error?O(t.error):t&&{message:t.text};return l`
<div class="notice-area" role="status">
${n&&l`<div class=${`notice ${t.error?"bad":""}`}>
${t.error&&l`<${v} name="alert" size=${18} />`}
<p>${t.notLoaded&&S(49,t.notLoaded)} ${n.message} ${n.hint}</p>
<button type="button" class="icon-button" aria-label=${i(7)}
onClick=${e}><${v}
name="close" size=${18} /></button>
</div>`}
</div>
`}var Rl=4;function Gr({state:t,actions:e,drawer:n}){let{view:o,panel:s,roomId:r,user:a}=t,c=o.name==="chat"?t.rooms?.find(d=>d.room_id===r):null,u=S(54,o.name)??c?.name??(!a||K(a)?i(61):"BasicChat"),m=d=>()=>e.openPanel(s?.kind===d?null:{kind:d});return l`
<header class="topbar" data-plain=${!c}>
<${V} icon="menu" label=${i(55)} class="icon-button narrow"
aria-expanded=${n} onClick=${()=>e.openDrawer(!0)} />
<span class="topbar-title">${u}</span>
${c&&l`<${Ll} room=${c} chat=${t.chats[r]}
open=${s?.kind==="members"} onClick=${m("members")} />
<${V} icon="search" label=${i(56)}
class="icon-button wide-only" onClick=${()=>e.openSearch(r)} />`}
${ue(a)&&l`<${V} icon="files" label=${i(222)} class="icon-button narrow"
aria-expanded=${s?.kind==="documents"} onClick=${m("documents")} />`}
</header>
`}function Ll({room:t,chat:e,open:n,onClick:o}){if(!H(t))return l`<button type="button" class="members-button" aria-expanded=${n}
onClick=${o}><${v} name="people" size=${18} /> <span
class="wide-only">${i(57)}</span><span
class="visually-hidden narrow">${i(253)}</span></button>`;let s=e?.members??t.members,r=s.filter(c=>ge(e?.presence,c.id)!=="offline"),a=[...r,...s.filter(c=>!r.includes(c))].slice(0,Rl);return l`<button type="button" class="members-button" aria-expanded=${n}
title=${i(246)}
onClick=${o}>
<span class="visually-hidden">${i(58,{count:s.length,here:r.length})}</span>
<span class="faces wide-only">${a.map(c=>l`<${Y} key=${c.id} id=${c.id} name=${c.name} size="small"
status=${ge(e?.presence,c.id)} />`)}</span>
<${v} name="people" size=${18} /> <span aria-hidden="true">${s.length}</span>
</button>`}function eo(t){let[e,n]=_(()=>matchMedia(t).matches);return T(()=>{let o=matchMedia(t),s=()=>n(o.matches);return o.addEventListener("change",s),()=>o.removeEventListener("change",s)},[t]),e}function Vr({panel:t,runs:e,roomId:n,rooms:o,locked:s},r,a){let m=(o?.find(d=>d.room_id===n)?.members?.length??1)<2&&Object.values(e).find(d=>d.room_id===n);D(()=>{let d=f=>{if(!(s||f.defaultPrevented||document.querySelector("dialog[open]"))){if((f.ctrlKey||f.metaKey)&&f.key.toLowerCase()==="k")return f.preventDefault(),r.openSearch();f.key==="Escape"&&(a?r.openDrawer(!1):t?r.openPanel(null):m&&r.stopRun(m.run_id))}};return addEventListener("keydown",d),()=>removeEventListener("keydown",d)},[t,a,m?.run_id,s])}function Xr(t,e){let[n,o]=_(!1);return T(()=>{let s=0,r=u=>u.dataTransfer?.types.includes("Files"),c=Object.entries({dragenter:()=>o(++s>0),dragleave:()=>o(--s>0),dragover:()=>{},drop:async u=>{s=0,o(!1),t.openPanel({kind:"documents"}),e.add(await Gs(u.dataTransfer))}}).map(([u,m])=>{let d=f=>{r(f)&&(f.preventDefault(),m(f))};return addEventListener(u,d),[u,d]});return()=>c.forEach(([u,m])=>removeEventListener(u,m))},[]),n}var Pl=["pointerdown","pointermove","keydown","wheel","touchstart"];function Jr(t,e){let n="online",o=null,s=()=>document.visibilityState==="visible";function r(m){m===n||e.state.status!=="online"||(n=m,e.call("presence.set",{status:m}).catch(()=>n=null))}function a(m){clearTimeout(o),o=setTimeout(()=>r("away"),m)}function c(){s()&&(r("online"),a(3e5))}function u(){t.dispatch({type:"visible",visible:s()}),s()?c():a(3e3)}for(let m of Pl)addEventListener(m,c,{passive:!0});document.addEventListener("visibilitychange",u),e.on("state",({status:m})=>{m==="online"&&(n="online",s()||a(3e3))}),u()}var Il=200,Nl=6*36e5,ql=8e3;function Qr(t,{onOnline:e}){let n=new We({url:new URL(".",location.href).href,name:"web"}),o=t.dispatch,s=new Set,r=!0;function a(){let w=Object.fromEntries([...s].map(y=>[y,n.parts(y)]));s.clear(),o({type:"text",texts:w})}function c({run:w}){s.size||requestAnimationFrame(a),s.add(w),t.get().runs[w]||m(w)}let u=new Set;async function m(w){if(!u.has(w)){u.add(w);try{o({type:"run",run:await n.call("runs.get",{run_id:w})})}catch{}finally{u.delete(w)}}}async function d(){let{rooms:w,drafts:y={}}=await n.call("rooms.list");o({type:"rooms",rooms:w}),o({type:"drafts.loaded",drafts:y})}async function f(){let w=[];for(let y;;){let E=await n.call("documents.list",{limit:Il,...y&&{after:y}});if(w=w.concat(E.documents),y=E.next,!y)break}o({type:"documents",documents:w})}async function g(){let[w,{modes:y}]=await Promise.all([n.call("models.list"),n.call("modes.list")]);o({type:"catalogue",models:w.models,provider:w.provider??null,modes:y})}async function p(){let w={"X-BasicChat":"1",...n.authorization()};try{await fetch("api/renew",{method:"POST",headers:w})}catch{}setTimeout(p,Nl)}let h=(w,y)=>y().catch(E=>o({type:"notice",notice:{error:E,notLoaded:w}}));function $(){h("rooms",d),ue(t.get().user)&&h("documents",f),h("models",g)}n.on("state",w=>{o({type:"connection",state:w}),w.status==="online"&&(o({type:"limits",limits:n.limits}),r?($(),p()):h("models",g),r=!1,e())}),n.on("stale",({stream:w})=>{w.startsWith("user:")&&$()}),n.on("snapshot",w=>{o({type:"snapshot",...w}),"draft"in w&&o({type:"draft.loaded",roomId:w.room_id,text:w.draft});for(let y of w.active_runs)y.message_id||m(y.run_id)}),n.on("event",w=>{k(w),o({type:"event",event:w})}),n.on("delta",c),n.on("signal",w=>{o({type:"signal",signal:w}),w.type==="typing"&&x($e(w.stream),w.data)});let b=new Map;function x(w,{user:y,typing:E}){let A=`${w} ${y.id}`;if(clearTimeout(b.get(A)),b.delete(A),!E)return;let C=()=>{b.delete(A),o({type:"typing.expired",roomId:w,userId:y.id})};b.set(A,setTimeout(C,ql))}function k(w){s.size&&w.type.startsWith("run.")&&a()}return{client:n,refreshAll:$}}var to={};ye(to,{actions:()=>Ul,events:()=>Bl,initial:()=>jl});var jl={documents:null,tasks:{},uploads:[]},Ul={documents:(t,{documents:e})=>({...t,documents:e}),"upload.added":(t,{uploads:e})=>({...t,uploads:[...e,...t.uploads]}),"upload.changed":(t,{id:e,change:n})=>({...t,uploads:t.uploads.map(o=>o.id===e?{...o,...n}:o)}),"upload.removed":(t,{id:e})=>({...t,uploads:t.uploads.filter(n=>n.id!==e)})},Bl={"document.added":(t,e)=>Zr(t,e),"document.updated":(t,e)=>Zr(t,e),"document.removed":(t,{document_id:e})=>({...t,documents:t.documents?.filter(n=>n.document_id!==e)??null}),"task.updated":(t,e)=>({...t,tasks:{...t.tasks,[e.task_id]:e}})};function Zr(t,e){let o=t.documents?.some(r=>r.document_id===e.document_id)?t.documents.map(r=>r.document_id===e.document_id?{...r,...e}:r):[e,...t.documents??[]],s=t.uploads.filter(r=>r.documentId!==e.document_id);return{...t,documents:o,uploads:s}}var oo={};ye(oo,{actions:()=>Wl,initial:()=>Fl});var Fl={search:null},zl={query:"",roomId:null,results:null,next:null,busy:!1,error:null},Wl={"search.open":(t,{roomId:e=null})=>({...t,search:{...zl,roomId:e},drawer:!1}),"search.close":t=>({...t,search:null}),"search.started":(t,{query:e,roomId:n})=>Zt(t,{query:e,roomId:n,busy:!!e.trim(),error:null}),"search.found":(t,{query:e,roomId:n,messages:o,next:s=null})=>no(t,e,n)?Zt(t,{results:o,next:s,busy:!1}):t,"search.more":(t,{query:e,roomId:n,before:o,messages:s,next:r=null})=>no(t,e,n)&&t.search.next===o?Zt(t,{results:[...t.search.results,...s],next:r}):t,"search.failed":(t,{query:e,roomId:n,error:o})=>no(t,e,n)?Zt(t,{error:o,busy:!1}):t},no=({search:t},e,n)=>t!==null&&t.query===e&&t.roomId===n,Zt=(t,e)=>t.search?{...t,search:{...t.search,...e}}:t;var en=[bn,kn,Xn,to,yn,Jn,oo],so=Object.assign({},...en.map(t=>t.initial)),Hl={...Object.assign({},...en.map(t=>t.actions)),event:(t,{event:e})=>ei(t,Kl[e.type],e.data,e),signal:(t,{signal:e})=>ei(t,Yl[e.type],e)},Kl=Object.assign({},...en.map(t=>t.events)),Yl=Object.assign({},...en.map(t=>t.signals)),ei=(t,e,...n)=>e?.(t,...n)??t;function ti(t,e){return Hl[e.type](t,e)}function ni(t,e){let n=e,o=new Set;return{get:()=>n,dispatch(s){let r=t(n,s);if(r!==n){n=r;for(let a of o)a(n)}},subscribe(s){return o.add(s),()=>o.delete(s)}}}var Me=ni(ti,{...so,chosen:{...so.chosen,...Re("basicchat.chosen",{})}}),{client:it}=Qr(Me,{onOnline:()=>j.saveDrafts()}),j=Jo(Me,it),ro=Ys(Me,it);it.on("restored",j.trackRestored);var Gl=1500,Vl="BasicChat",Xl={documents:Sr,source:Kr,members:Nr},Jl={account:Ns,admin:Us,connect:fr};function Ql(){let[t,e]=_(Me.get());D(()=>Me.subscribe(e),[]);let n=eo("(max-width: 760px)"),o=eo("(max-width: 1080px)"),s=Xr(j,ro),r=n&&t.drawer,a=Zl(t),c=Q(()=>({side:l`<${Wr} state=${a} actions=${j} modal=${r} />`,top:l`<${Gr} state=${a} actions=${j} drawer=${r} />`}),[a,r]);if(eu(t),Vr(t,j,r),t.locked)return l`<${Er} state=${t} actions=${j} />`;let u=o&&t.panel!==null,m=Xl[t.panel?.kind],d=Jl[t.view.name]??mr;return l`
<a class="skip" href="#main" onClick=${tu}>${i(52)}</a>
<div class="app" data-drawer=${r}>
<div class="side" inert=${n&&!r||u}>${c.side}</div>
${r&&l`<div class="scrim" onClick=${()=>j.openDrawer(!1)}></div>`}
<main id="main" class="main" tabindex="-1" inert=${r||u}>
${c.top}
<${Br} connection=${t.connection} queued=${rt(t)}
onRetry=${j.reconnect} />
<${ot} key=${t.view.name} part="view"><${d} state=${t}
actions=${j}
uploads=${ro} /><//>
</main>
${m&&l`<${m} key=${t.panel.kind} state=${t} panel=${t.panel}
actions=${j} uploads=${ro} modal=${u} />`}
</div>
${s&&l`<div class="drop-overlay"><div><${v} name="upload" size=${32}
/><p>${i(53)}</p></div></div>`}
${t.search&&l`<${Ur} state=${t} actions=${j} />`}
${(t.dialog||t.invitation&&t.user)&&l`<${xr} state=${t} actions=${j} />`}
<${Yr} notice=${t.notice}
onClose=${()=>Me.dispatch({type:"notice",notice:null})} />
`}function Zl(t){let e=M(t);return Object.keys(t).some(o=>o!=="runs"&&t[o]!==e.current[o])&&(e.current=t),e.current}function eu({rooms:t,roomId:e,view:n}){let o=n.name==="chat"&&t?.find(c=>c.room_id===e),s=wn(t),r=o?i(50,{room:o.name}):Vl,a=s?i(51,{count:s,title:r}):r;T(()=>{document.title=a},[a])}function tu(t){t.preventDefault(),document.getElementById("main").focus()}function oi(){let t=jo(location.hash);if(t.name==="chat")return j.open(t.roomId,t.messageId);if(t.name!=="invite")return j.showView(t);history.replaceState(null,"",location.pathname),j.previewInvitation(t.code)}addEventListener("hashchange",oi);addEventListener("visibilitychange",()=>document.visibilityState==="visible"&&j.reconnect());await To();On(l`<${ot} part="page"><${Ql} /><//>`,document.getElementById("app"));Jr(Me,it);it.connect().catch(()=>{});j.resumeInvitation();oi();setTimeout(Ne.fetch,Gl);

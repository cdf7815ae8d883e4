/*! BasicChat, Apache-2.0. With preact 11.2.0 (MIT); htm 3.1.1 (Apache-2.0); marked 18.2.1 (MIT); dompurify 3.4.18 ((MPL-2.0 OR Apache-2.0)). See licences.txt */
var Hr=Object.defineProperty;var ge=(t,e)=>{for(var n in e)Hr(t,n,{get:e[n],enumerable:!0})};var Qt=Object.freeze({first:250,most:3e4,progress:3e4,probe:1e4,reply:1e4,opening:1e4,climbFirst:2e3,climb:6e4,idlePoll:250,inherit:1e4});function it(t,e=Math.random,{first:n,most:o}=Qt){return e()*Math.min(o,n*2**Math.min(t,60))}var Fr={4400:{act:"stop",status:"failed"},4401:{act:"stop",status:"unauthenticated"},4403:{act:"stop",status:"forbidden"},4408:{act:"resume"},4429:{act:"retry",atLeast:5e3}};function no(t,e=!1){return t===4401&&e?{act:"resume"}:Fr[t]??{act:"retry"}}function oo(t){return t===1001||t>=4400}function so(t){return t%3===2}var ro=25,at=class{link=null;resuming=!1;welcomed=!1;byCookie=!1;over=!1;retiredAt=null;constructor(e,n,o){this.helloId=`hello-${e}`,this.http=n,this.since=o}},lt=class{resume=null;user=null;server=null;limits={};heartbeat=ro*1e3;take({session_id:e,resume_token:n,user:o,server:s=null,limits:r,heartbeat_seconds:i}){this.resume={session_id:e,resume_token:n},Object.assign(this,{user:o,server:s,limits:r??{}}),this.heartbeat=(i||ro)*1e3}forget(){this.resume=null}},ct=class{#e;#t;#n=0;#o=0;constructor(e,n){this.#e=e,this.#t=n}get overHttp(){return so(this.#o)}welcomed({http:e}){this.#n=0,e||(this.#o=0)}ended({http:e,blocked:n}){e?this.#o&&this.#o++:this.#o=n?this.#o+1:0}delay({act:e,atLeast:n=0},o,s){if(e==="resume"&&o)return 0;let r=it(this.#n++,this.#t,this.#e);return Math.max(r,n,s?.retryAfterMs??0)}};var D=class extends Error{constructor(e,{kind:n="client",code:o=0,retryable:s=!1,...r}={}){super(e),this.name="ChatError",this.kind=n,this.code=o,this.retryable=s,this.retryAfterMs=r.retryAfterMs,this.hint=r.hint,this.field=r.field,this.incident=r.incident}};function qe({code:t,message:e="",data:n={}}){let{kind:o="internal",retry_after_ms:s,...r}=n??{};return new D(e,{...r,code:t,kind:o,retryAfterMs:s})}var Zt=class{#e;#t=0;#n=performance.now();constructor(e){this.#e=e}get now(){return this.#t+Math.min(performance.now()-this.#n,5*this.#e)}advance(){let e=performance.now()-this.#n>5*this.#e;return this.#t=this.now,this.#n=performance.now(),e}},en=class{heardAt=0;probedAt=null;#e;constructor(e){this.#e=e}heard(e){this.heardAt=e,this.probedAt=null}probed(e){this.probedAt??=e}begin(){this.probedAt=null}verdict({welcomed:e,since:n},o,s){return e?this.probedAt!==null?o-this.probedAt>this.#e.reply?"dead":"alive":o-Math.max(this.heardAt,n)>s?"probe":"alive":o-n>this.#e.progress?"dead":"alive"}},ut=class{#e;#t;#n;#o=null;constructor(e){this.#e=e.probe/10,this.#t=new Zt(this.#e),this.#n=new en(e)}get now(){return this.#t.now}get heardAt(){return this.#n.heardAt}begin(e){this.#t.advance(),this.#o=setInterval(()=>e(this.#t.advance()),this.#e)}end(){clearInterval(this.#o)}renew(){this.#n.begin()}heard(){this.#n.heard(this.now)}probed(){this.#n.probed(this.now)}verdict(e,n){return this.#n.verdict(e,this.now,n)}};var io=t=>(t&64512)===55296,ao=t=>(t&64512)===56320;function lo(t){let e=t.length;for(let n=0;n<t.length-1;n++)io(t.charCodeAt(n))&&ao(t.charCodeAt(n+1))&&(e--,n++);return e}function je(t,e){let n=0;for(;e>0&&n<t.length;e--)n+=io(t.charCodeAt(n))&&ao(t.charCodeAt(n+1))?2:1;return n}function co(t,{off:e,text:n}){if(e>t.off)return{part:t,added:"",gap:!0};let o=t.off-e,s=o?n.slice(je(n,o)):n;return s?{part:{...t,text:t.text+s,off:t.off+lo(s)},added:s,gap:!1}:{part:t,added:s,gap:!1}}function G(){let t=globalThis.crypto.getRandomValues(new Uint8Array(16));return Array.from(t,e=>e.toString(16).padStart(2,"0")).join("")}var Br=30,zr=500,Kr=16<<20,Yr=-32010,uo=new Set(["feedback.set","messages.delete","messages.edit","messages.post","messages.regenerate","query","runs.continue","stream_request","tool_execution"]),Gr=/(\.(list|get|search|join|leave|cancel|read)|^session\.ping)$/,Te=(t,e,n)=>JSON.stringify({jsonrpc:"2.0",id:t,method:e,params:n}),on=t=>uo.has(t),tn=t=>uo.has(t)||Gr.test(t),Vr=t=>new TextEncoder().encode(t).length,nn=class{sentOn=null;sentAt=0;queued=!1;notBefore=0;constructor(e,n,o,{then:s,user:r=null}){let i={...o};on(n)&&(i.client_msg_id??=G()),Object.assign(this,{id:e,method:n,params:i,then:s,user:r}),this.frame=Te(e,n,i),this.bytes=Vr(this.frame),this.reply=new Promise((a,c)=>Object.assign(this,{resolve:a,reject:c}))}succeed(e){this.then?.(e),this.resolve(e)}},dt=class{#e=new Map;#t=0;#n=0;#o;#r;#i;constructor(e=null,{most:n=zr,inFlight:o=Br}={}){this.#o=e,this.#r=n,this.#i=o}get size(){return this.#e.size}add(e,n,{maxBytes:o=1/0,...s}={}){let r=new nn(++this.#t,e,n,s);if(r.bytes>o)throw new D("This is too long to send",{kind:"too_large",code:Yr});if(this.#e.size>=this.#r||this.#n+r.bytes>Kr)throw new D("Too much is waiting to be sent",{kind:"queue_full",retryable:!0});return this.#s(r),r.user&&this.#o?.keep(r),r}#s(e){this.#e.set(e.id,e),this.#n+=e.bytes}#a(e){let n=this.#e.get(e);return this.#e.delete(e)&&(this.#n-=n.bytes),n}#c(e,n){this.#a(e.id),this.#o?.drop(e),e.reject(n)}has(e){return[...this.#e.values()].some(n=>n.params.client_msg_id===e)}*toSend(e,n){for(let o of[...this.#e.values()].slice(0,this.#i))o.sentOn||o.notBefore>n||(Object.assign(o,{sentOn:e,sentAt:n}),yield o)}answered({id:e,result:n,error:o},s){let r=this.#a(e);if(!r)return null;let i=o&&qe(o);return i?.retryAfterMs!==void 0&&r.queued&&tn(r.method)?(Object.assign(r,{sentOn:null,notBefore:s+i.retryAfterMs}),this.#s(r),r):i?.kind==="unauthenticated"&&tn(r.method)?(Object.assign(r,{sentOn:null,queued:!0}),this.#s(r),r):(this.#o?.drop(r),i?r.reject(i):r.succeed(n),r)}identify(e){let n=new D("Somebody else is logged in now",{kind:"unauthenticated"});for(let o of[...this.#e.values()])o.user!==e&&(o.user===null?(o.user=e,this.#o?.keep(o)):(this.#a(o.id),o.reject(n)))}lost(e,{repeat:n=!0}={}){let o=new D("The connection broke before the server answered",{kind:"connection_lost",retryable:!0});for(let s of[...this.#e.values()])s.sentOn===e&&(n&&tn(s.method)?Object.assign(s,{sentOn:null,queued:!0}):this.#c(s,o))}carriedBy(e){return[...this.#e.values()].some(n=>n.sentOn===e)}expire(e,n,o){for(let s of[...this.#e.values()]){if(!s.sentOn||e-Math.max(s.sentAt,n)<o)continue;let r=`The server did not answer for ${o/1e3} seconds`;this.#c(s,new D(r,{kind:"timeout",retryable:!0}))}}failAll(e,{kept:n=!1}={}){for(let o of[...this.#e.values()])n?(this.#a(o.id),o.reject(e)):this.#c(o,e)}};var Xr=1e5,mt=Object.freeze(["state","event","delta","signal","snapshot","stale","restored"]),Jr=new Set(["unauthenticated","forbidden","failed","closed"]);function Oe({status:t,error:e}){return Jr.has(t)?e??new D("The client was closed",{kind:t}):null}var Qr=globalThis.reportError?.bind(globalThis)??(t=>console.error(t)),pt=class{#e=new Map(mt.map(e=>[e,new Set]));on(e,n){let o=this.#e.get(e);if(!o)throw new TypeError(`${e} is none of ${mt.join(", ")}`);let s=r=>n(r);return o.add(s),()=>{o.delete(s)}}emit(e,n){for(let o of[...this.#e.get(e)])try{o(n)}catch(s){Qr(s)}}},Ue=class{#e=[];#t=!1;#n=()=>{};#o;constructor(e,n){let o=s=>e.on(s,r=>this.#r([s,r]));this.#o=[...new Set(n)].map(o)}#r(e){this.#e.length<Xr?this.#e.push(e):this.#t=!0,this.#n()}async next(){for(;!this.#e.length;){if(this.#t)throw new D("Too much happened before it was read",{kind:"overflow"});await new Promise(e=>this.#n=e)}return this.#e.shift()}end(){for(let e of this.#o)e()}};var ft=class{#e;#t=[];state={status:"idle",transport:null};constructor(e){this.#e=e}opened(){return this.state.status==="online"?Promise.resolve():new Promise((e,n)=>this.#t.push({resolve:e,reject:n}))}say(e){this.state={transport:null,...e};let n=Oe(this.state),o=e.status==="online",s=o||n?this.#t.splice(0):[];this.#e(this.state);for(let{resolve:r,reject:i}of s)o?r():i(n)}};var ei="probe",ht=class{#e;#t;#n;#o=null;#r;#i;#s;#a;#c=new Set;#d=0;#l=null;#u=null;#m=!1;#p=null;#h=null;session=new lt;constructor({ways:e,hello:n,requests:o,tell:s,rhythm:r,random:i}){this.#e=e,this.#t=n,this.#n=o,this.#r=new ft(s),this.#i=r,this.#s=new ut(r),this.#a=new ct(r,i),this.wake=this.wake.bind(this)}get state(){return this.#r.state}workWith(e){this.#o=e}start(){let e=this.#r.opened();return this.#m||(this.#m=!0,globalThis.addEventListener?.("online",this.wake),this.#s.begin(n=>this.#R(n)),this.#$("connecting")),e}wake(){this.#p?this.#$("reconnecting"):this.#S()}stop(e,{error:n,last:o}={}){let s=this.#l,r=[...this.#c].map(i=>(this.#g(i),i.link.close(i===s&&i.welcomed?o:void 0)));return this.#C(),this.#r.say({status:e,...n&&{error:n}}),Promise.all(r)}#C(){this.#m=!1,clearTimeout(this.#p),this.#s.end(),this.#x(),this.#l=this.#p=null,globalThis.removeEventListener?.("online",this.wake)}flush(){let e=this.#l;if(e?.welcomed)for(let n of this.#n.toSend(e,this.#s.now))e.link.send(n.frame)}refollow(){this.#l?.link.follow(this.#o.followed())}#$(e){clearTimeout(this.#p),this.#p=null,this.#s.renew();let n=!this.#e.first||!!(this.#e.fallback&&this.#a.overHttp),o=this.#y(n);this.#l=o,this.#r.say({status:e}),o.over||this.#b(o)}#y(e){let n=new at(++this.#d,e,this.#s.now),o=s=>this.#M(n,s);return n.link=e?this.#e.fallback(o):this.#e.first(),this.#c.add(n),n}#b(e){e.link.open({opened:()=>{e.since=this.#s.now,e.over||this.#_(e)},frame:n=>this.#O(e,n),ended:n=>this.#f(e,{code:n})})}#M(e,n){e===this.#l&&this.state.status==="online"&&this.state.transport!==n&&this.#r.say({...this.state,transport:n})}#f(e,{code:n=1006,verdict:o,error:s}={}){if(e.over)return;o??=no(n,e.welcomed&&e.byCookie);let r=e===this.#u;if(this.#g(e,{repeat:n!==1009}),e.link.close(),r)return this.#v(this.#i.climb);if(e!==this.#l)return this.flush();this.#l=null,this.#x();let i=!e.welcomed&&!oo(n)&&!s;if(this.#a.ended({http:e.http,blocked:i}),o.act==="stop")return this.#E(o.status,s);let a=this.#a.delay(o,e.welcomed,s);this.#p=setTimeout(()=>this.#$("reconnecting"),a),this.#r.say({status:"reconnecting",retryAt:Date.now()+a})}#g(e,n){e.over=!0,this.#c.delete(e),e===this.#u&&(this.#u=null),this.#n.lost(e,n)}#E(e,n){let o=n??new D("The server ended the connection",{kind:e});e!=="unauthenticated"&&this.#n.failAll(o),this.stop(e,{error:o})}#_(e,n=this.session.resume){let o=this.#t();n&&(o.resume={...n,...this.#o.resume()}),e.resuming=!!n,e.byCookie=!o.token,e.link.send(Te(e.helloId,"session.hello",o))}#A(e,n){e===this.#u&&this.#T(e),this.session.take(n),e.welcomed=!0,this.#a.welcomed(e),e.http&&this.#e.first&&this.#v(this.#i.climbFirst);let{user:o}=n;this.#n.identify(o.id),this.#r.say({status:"online",transport:e.link.transport,user:o}),this.#o.restore(o.id,n.streams??{}),this.flush()}#w(e,n){if(e.resuming&&!e.welcomed)return this.#_(e,null);let o=n.kind==="unauthenticated",s={act:"stop",status:o?"unauthenticated":"failed"},r=o||!n.retryable?s:{act:"retry"};this.#f(e,{verdict:r,error:n})}#v(e){clearTimeout(this.#h),this.#h=setTimeout(()=>{this.#u=this.#y(!1),this.#b(this.#u)},e)}#T(e){let n=this.#l;this.#u=null,this.#l=e,n&&(n.link.follow({}),n.retiredAt=this.#s.now,this.#k(n))}#k(e){e.retiredAt===null||this.#n.carriedBy(e)||this.#f(e)}#x(){clearTimeout(this.#h);let e=this.#u;this.#u=null,e&&this.#f(e)}#O(e,n){if(!e.over){this.#s.heard();for(let o of Array.isArray(n)?n:[n])o!==null&&(o.method?e===this.#l&&this.#o.receive(o.method,o.params):o.id===e.helloId?o.error?this.#w(e,qe(o.error)):this.#A(e,o.result):this.#D(e,o))}}#D(e,n){let o=this.#n.answered(n,this.#s.now),s=n.error&&qe(n.error);if(s?.kind==="unauthenticated")return this.#w(e,s);o&&(this.flush(),this.#k(e))}#R(e){let{now:n,heardAt:o}=this.#s;this.#n.expire(n,o,this.#i.progress);for(let{retiredAt:i,link:a}of[...this.#c])i!==null&&n-i>this.#i.progress&&a.close();if(this.flush(),!this.#l)return;let s=this.#n.size?this.#i.probe:this.session.heartbeat,r=this.#s.verdict(this.#l,s);r==="dead"?this.#f(this.#l):(r==="probe"||e)&&this.#S()}#S(){this.#l?.welcomed&&(this.#s.probed(),this.#l.link.send(Te(ei,"session.ping",{})))}};var ti=t=>on(t)&&t!=="tool_execution",sn=144*36e5,$t=class{#e;#t;#n;#o=Promise.resolve();#r=new Map;#i=0;#s=new Set;constructor(e,n,o){this.#e=e,this.#t=n,this.#n=o}#a(e){let n=this.#o.then(e).catch(o=>this.#n(o));return this.#o=n,n}keep({method:e,params:n,user:o}){if(!this.#e||!ti(e))return;let s=n.client_msg_id,r=this.#r.get(s)??(this.#i=Math.max(Date.now(),this.#i+1));this.#r.set(s,r);let i={server:this.#t,user:o,id:s,method:e,params:n,at:r};this.#a(()=>this.#e.put(i))}drop({params:e,user:n}){let o=e.client_msg_id;if(!this.#r.delete(o))return;this.#s.add(o);let s={server:this.#t,user:n,id:o};this.#a(()=>this.#e.remove(s)).then(()=>this.#s.delete(o))}async claim(e){return this.#c(await this.#a(()=>this.#e?.claim(this.#t,e)))}async inherit(e){return this.#c(await this.#a(()=>this.#e?.inherit?.(this.#t,e)))}#c(e=[]){let n=[];for(let o of e.sort((s,r)=>s.at-r.at))this.#s.has(o.id)||(Date.now()-o.at>sn?this.#a(()=>this.#e.remove(o)):n.push(o));for(let{id:o,at:s}of n)this.#r.set(o,s);return n}settled(){return this.#o}};var ni=500,oi=64,si=200,yt=class{#e=new Map;#t=new Set;#n;constructor(e=ni){this.#n=e}apply({run:e,part:n,kind:o,off:s,text:r}){if(this.#t.has(e))return{off:s,added:"",gap:!1};let i=this.#o(e),a=i.get(n)??{part:n,kind:o,text:"",off:0},{part:c,added:d,gap:u}=co(a,{off:s,text:r});return d&&i.set(n,c),{off:a.off,added:d,gap:u}}sync(e,n){let o=[];for(let{part:s,kind:r,text:i}of n){if(!i.startsWith(this.#e.get(e)?.get(s)?.text??""))continue;let{added:a,off:c}=this.apply({run:e,part:s,kind:r,off:0,text:i});a&&o.push({run:e,part:s,kind:r,off:c,text:a})}return o}parts(e){return[...this.#e.get(e)?.values()??[]].sort((n,o)=>n.part-o.part)}offsets(){let e=[...this.#e].slice(-oi),n=([o,s])=>[o,[...s.values()].map(({part:r,off:i})=>[r,i])];return Object.fromEntries(e.map(n).map(([o,s])=>[o,Object.fromEntries(s)]))}begin(e){this.#t.has(e)||this.#o(e)}knows(e){return this.#e.has(e)}hasEnded(e){return this.#t.has(e)}end(e){this.#e.delete(e),this.#t.add(e),this.#t.size>si&&this.#t.delete(this.#t.values().next().value)}#o(e){return this.#e.has(e)||(this.#e.size>=this.#n&&this.#e.delete(this.#e.keys().next().value),this.#e.set(e,new Map)),this.#e.get(e)}};var rn=2e3,an=["not_found","forbidden"],He=new Set(["run.completed","run.failed","run.cancelled","run.interrupted"]),ri={kind:"not_found",message:"The conversation is not followed any more"},bt=class{#e;#t;#n=new Map;#o=new Map;book=new yt;constructor(e,n){this.#e=e,this.#t=n}begin(e,n){return this.#n.has(e)||this.book.hasEnded(e)?!1:(this.book.begin(e),this.#n.set(e,n),!0)}delta(e){let n=this.#o.get(e.run);if(n){n.length<rn&&n.push(e);return}let{added:o,gap:s,off:r}=this.book.apply(e);s?this.ask(e.run,e):o&&this.#e("delta",{...e,off:r,text:o})}sync(e,n){for(let o of this.book.sync(e,n))this.#e("delta",o)}snapshot(e,n){for(let{run_id:s,parts:r}of n)this.begin(s,e),this.sync(s,r);let o=new Set(n.map(s=>s.run_id));for(let s of this.#i(e))o.has(s)||this.ask(s)}ask(e,...n){this.#o.has(e)||(this.#o.set(e,n),this.#t("runs.get",{run_id:e},o=>this.#r(o)).catch(o=>{this.#o.delete(e),an.includes(o.kind)&&this.#s(e)}))}#r(e){let n=this.#o.get(e.run_id)??[];if(this.#o.delete(e.run_id),!this.book.hasEnded(e.run_id)){if(this.sync(e.run_id,e.parts),e.status==="running")return n.forEach(o=>this.delta(o));this.#e("event",{stream:`room:${e.room_id}`,type:`run.${e.status}`,data:e}),this.end(e.run_id)}}end(e){this.book.end(e),this.#n.delete(e)}forgetRoom(e){for(let n of this.#i(e))this.#s(n)}#i(e){return[...this.#n].filter(([,n])=>n===e).map(([n])=>n)}#s(e){let n=this.#n.get(e);if(n===void 0)return;let s={...{run_id:e,room_id:n,status:"failed",error:ri},parts:this.book.parts(e)};this.#e("event",{stream:`room:${n}`,type:"run.failed",data:s}),this.end(e)}};function mo(t,{epoch:e,events:n}){if(!n.length)return{events:[],cursor:t,gap:!1};let o={epoch:e,seq:n[n.length-1].seq};if(!t)return{events:n,cursor:o,gap:!1};if(t.epoch!==e)return{events:[],cursor:t,gap:!0};let s=n.filter(r=>r.seq>t.seq);return s.length?s[0].seq!==t.seq+1?{events:[],cursor:t,gap:!0}:{events:s,cursor:o,gap:!1}:{events:[],cursor:t,gap:!1}}var ii=1e3,_e=t=>`room:${t}`,ln=t=>t.startsWith("room:")?t.slice(5):null,gt=class{#e;#t;#n;#o="";#r=new Map;#i=new Set;#s=new Map;constructor(e,n,o){this.#e=e,this.#t=n,this.#n=o,this.runs=new bt(e,n)}resume(){let e=[...this.#r].filter(([o])=>!this.#s.has(o));return{cursors:Object.fromEntries(e.slice(-ii)),runs:this.runs.book.offsets()}}followed(){let n=[this.#o,...[...this.#i].map(_e)].filter(o=>this.#r.has(o));return Object.fromEntries(n.map(o=>[o,this.#r.get(o)]))}restore(e,n){let o=this.#o;this.#o=`user:${e}`;for(let r of this.#r.keys())r.startsWith("user:")&&r!==this.#o&&this.#r.delete(r);let s=o!==""&&o!==this.#o;for(let[r,{recovered:i,epoch:a,seq:c}]of Object.entries(n)){let d=this.#r.has(r);(!d||!i)&&this.#r.set(r,{epoch:a,seq:c}),d&&!i&&r===this.#o&&(s=!0)}s&&this.#e("stale",{stream:this.#o}),this.#n();for(let r of[...this.#i]){let i=_e(r);!this.#s.has(i)&&!n[i]?.recovered&&this.#a(r)}}receive(e,n){e==="events"?this.#l(n):e==="delta"?this.runs.delta(n):e==="signal"?this.#e("signal",n):e==="streams"&&this.#m(n.streams)}accepted({run_id:e,room_id:n,epoch:o,seq:s}){let r=_e(n);this.#i.add(n);let i=this.#r.get(r);i||(this.#r.set(r,{epoch:o,seq:s}),this.#n()),!(e===null||!this.runs.begin(e,n)||!i)&&(i.epoch!==o||i.seq>s)&&this.runs.ask(e)}async join(e){let n=_e(e);this.#i.add(e),this.#s.has(n)||this.#s.set(n,[]);let o=!1;try{return await this.#t("rooms.join",{room_id:e},s=>{o=!0,this.#c(e,s)})}catch(s){throw an.includes(s.kind)&&this.forget(e),s}finally{o||this.#d(n)}}forget(e){this.#i.delete(e),this.#r.delete(_e(e)),this.#n(),this.runs.forgetRoom(e)}#a(e){let n=_e(e);this.#s.has(n)||this.#s.set(n,[]),this.join(e).catch(()=>this.#e("stale",{stream:n}))}#c(e,n){let o=_e(e),s=this.#r.get(o);if(s?.epoch===n.epoch&&s.seq>n.seq)return this.#a(e);this.#i.has(e)&&(this.#r.set(o,{epoch:n.epoch,seq:n.seq}),this.#n(),this.#e("snapshot",{...n,room_id:e}),this.runs.snapshot(e,n.active_runs)),this.#d(o)}#d(e){let n=this.#s.get(e)??[];this.#s.delete(e);for(let o of n)this.#l(o)}#l(e){let{stream:n,epoch:o,events:s}=e,r=this.#s.get(n);if(r){r.length<rn&&r.push(e);return}ln(n)&&this.#i.add(ln(n));let i=mo(this.#r.get(n),e);if(i.gap)return this.#p(n,{epoch:o,seq:s.at(-1).seq});i.cursor&&this.#r.set(n,i.cursor);for(let a of i.events)this.#u({stream:n,epoch:o,...a})}#u(e){let{type:n,data:o}=e;n==="run.started"&&this.runs.begin(o.run_id,o.room_id),He.has(n)&&this.runs.sync(o.run_id,o.parts),this.#e("event",e),He.has(n)&&this.runs.end(o.run_id),n==="room.deleted"&&this.forget(o.room_id)}#m(e){for(let[n,{recovered:o,epoch:s,seq:r}]of Object.entries(e)){let i=this.#r.get(n),a=i?.epoch===s&&i.seq===r;!o&&!a&&this.#p(n,{epoch:s,seq:r})}}#p(e,n){let o=ln(e);if(o&&this.#i.has(o)){this.#s.has(e)||this.#a(o);return}this.#r.set(e,n),this.#e("stale",{stream:e})}};var _t=class{#e="";#t={data:[]};push(e){let n=(this.#e+e).split(/\r\n|\n|\r(?!$)/);return this.#e=n.pop(),n.map(o=>this.#n(o)).filter(Boolean)}#n(e){if(e===""){let{data:s,...r}=this.#t;return this.#t={data:[]},s.length?{...r,data:s.join(`
`)}:null}let[,n,o]=/^([^:]*):? ?(.*)$/s.exec(e);return n==="data"?this.#t.data.push(o):(n==="id"||n==="event")&&(this.#t[n]=o),null}};var ai=3,po=25,li=2e3,ci=100,fo=(t,e)=>new Promise(n=>{let o=()=>{clearTimeout(s),e.removeEventListener("abort",o),n()},s=setTimeout(o,t);e.addEventListener("abort",o)}),wt=class{transport="sse";#e;#t=null;#n=new AbortController;#o=null;#r="";#i="";constructor({base:e,fetch:n,headers:o,rhythm:s,onWay:r}){this.#e={base:e,fetch:n,headers:o,rhythm:s,onWay:r}}open(e){this.#t=e,queueMicrotask(()=>this.#t?.opened())}send(e){this.#s(e,{signal:this.#n.signal}).then(n=>n&&this.#t?.frame(n)).catch(()=>this.#a())}async#s(e,n){let{base:o,fetch:s,headers:r}=this.#e,i=await s(new URL("api/rpc",o),{method:"POST",headers:{"content-type":"application/json",...r()},body:e,...n});if(i.status===204)return null;let a=await i.json();if(!(Array.isArray(a)?a[0]:a)?.jsonrpc)throw new TypeError("not a reply");return a}#a(e=1006){let n=this.#t;this.#t=null,this.#o?.abort(),this.#n.abort(),n?.ended(e)}follow(e){let n=Object.entries(e).slice(-ci),o=n.map(([s])=>s);o.join()===this.#r||!this.#t||(this.#r=o.join(),this.#i=n.map(([,{epoch:s,seq:r}])=>`${s}:${r}`).join(),this.#o?.abort(),o.length&&(this.#o=new AbortController,this.#c(o,this.#o.signal)))}async#c(e,n){let{rhythm:o}=this.#e;for(let s=0;s<=ai&&!n.aborted;){let r=this.transport==="sse",i=await(r?this.#l(e,n):this.#m(e,n));if(n.aborted)return;i||(this.transport="poll"),s=i?0:s+1,(s||r)&&await fo(it(s,Math.random,o),n)}n.aborted||this.#a()}async#d(e,n,o={}){let{base:s,fetch:r,headers:i}=this.#e,a=new URL("api/events",s),c=e.map($=>["stream",$]);a.search=new URLSearchParams([...c,...Object.entries(o)]);let d={"last-event-id":this.#i,...i()},u=await r(a,{headers:d,signal:n,cache:"no-store"});if(!u.ok&&u.headers.get("content-type")?.includes("json")&&!n.aborted&&this.#a(),!u.ok)throw new TypeError("no events");return u}async#l(e,n){let o=new AbortController,s=this.#e.rhythm.progress,r=setTimeout(()=>o.abort(),s),i=!1;try{let a=AbortSignal.any([n,o.signal]),c=await this.#d(e,a),d=new _t,u=new TextDecoder;for(let p=c.body.getReader();;){let{done:$,value:m}=await p.read();if($||n.aborted)return i;i||this.#e.onWay("sse"),i=!0,clearTimeout(r),r=setTimeout(()=>o.abort(),s),this.#u(d.push(u.decode(m,{stream:!0})),n)}}catch{return i}finally{clearTimeout(r)}}#u(e,n){e.length||this.#t?.frame(null);for(let{id:o,data:s}of e){if(n.aborted)return;let r=JSON.parse(s);this.#i=o??this.#i,this.#t?.frame(r)}}async#m(e,n){let{rhythm:o,onWay:s}=this.#e,r=AbortSignal.timeout(po*1e3+o.progress);try{let i={wait:String(po)},a=await this.#d(e,AbortSignal.any([n,r]),i),{streams:c,frames:d,last_id:u}=await a.json();if(n.aborted)return!0;s("poll");let p=this.#i;this.#i=u,this.#t?.frame({method:"streams",params:{streams:c}});for(let $ of d)n.aborted||this.#t?.frame($);return u===p&&d.length&&await fo(o.idlePoll,n),!0}catch{return!1}}async close(e){let n=this.#t!==null;if(this.#a(1006),!e||!n)return;let o=AbortSignal.timeout(li);await this.#s(e,{signal:o,keepalive:!0}).catch(()=>{})}};var ui="basicchat",cn="queue",di=2e3,ho=({owner:t,...e})=>e,$o=t=>`basicchat-queue-${t}`;function Fe(t){return new Promise((e,n)=>{t.onsuccess=()=>e(t.result),t.onerror=()=>n(t.error)})}var vt=class{#e=G();#t=null;#n=null;#o=()=>{};#r=!1;async#i(){return this.#t??=this.#s(),await(this.#n??=this.#a()),this.#t}#s(){let e=indexedDB.open(ui,1);return e.onupgradeneeded=()=>e.result.createObjectStore(cn,{keyPath:["server","user","id"]}),Fe(e).then(n=>(n.onversionchange=()=>n.close(),n))}#a(){return navigator.locks?new Promise((e,n)=>{let o=new Promise(s=>this.#o=s);navigator.locks.request($o(this.#e),()=>(e(),o)).catch(n)}):Promise.resolve()}async#c(e,n){let s=(await this.#i()).transaction(cn,e,{durability:"relaxed"}),r=new Promise((a,c)=>{s.oncomplete=a,s.onabort=()=>c(s.error)}),i=await n(s.objectStore(cn));return await r,i}async put(e){await this.#c("readwrite",async n=>{await Fe(n.count())<di&&n.put({...e,owner:this.#e})})}async remove({server:e,user:n,id:o}){await this.#c("readwrite",s=>s.delete([e,n,o]))}async claim(e,n){this.#r||await this.#l();let{own:o,left:s}=await this.#d(e,n);return[...o,...s].map(ho)}async inherit(e,n){return navigator.locks?(await this.#d(e,n)).left.map(ho):[]}async#d(e,n){let o=IDBKeyRange.bound([e,n],[e,n,[]]),s=await this.#c("readonly",a=>Fe(a.getAll(o))),r=s.filter(a=>a.owner===this.#e),i=[];for(let a of new Set(s.map(c=>c.owner)))a!==this.#e&&i.push(...await this.#u(a,o));return{own:r,left:i}}async#l(){this.#r=!0,await this.#c("readwrite",async e=>{for(let{server:n,user:o,id:s,at:r}of await Fe(e.getAll()))Date.now()-r>sn&&e.delete([n,o,s])})}#u(e,n){let o=()=>this.#m(e,n);if(!navigator.locks)return o();let s={ifAvailable:!0};return navigator.locks.request($o(e),s,r=>r?o():[])}#m(e,n){return this.#c("readwrite",async o=>{let s=(await Fe(o.getAll(n))).filter(r=>r.owner===e);for(let r of s)o.put({...r,owner:this.#e});return s})}async close(){let e=this.#t;this.#t=this.#n=null,this.#o(),(await e?.catch(()=>null))?.close()}};var mi="basicchat.v1",kt=class{transport="websocket";#e;#t=null;#n=null;#o=null;constructor({base:e,WebSocket:n,opening:o}){this.#e={base:e,WebSocket:n,opening:o}}open(e){let{base:n,WebSocket:o,opening:s}=this.#e;this.#o=e.ended;let r=new URL("ws",n);r.protocol=r.protocol.replace("http","ws");try{this.#t=new o(r.href,[mi])}catch{return queueMicrotask(()=>this.#i(1006))}this.#n=setTimeout(()=>this.close(),s),this.#t.onopen=()=>{clearTimeout(this.#n),this.#o&&e.opened()},this.#t.onmessage=({data:i})=>this.#r(i,e),this.#t.onerror=()=>{},this.#t.onclose=({code:i})=>this.#i(i)}#r(e,n){if(!this.#o)return;let o;try{o=JSON.parse(e)}catch{return this.close()}n.frame(o)}#i(e){clearTimeout(this.#n);let n=this.#o;this.#o=null,n?.(e)}send(e){this.#t.send(e)}follow(){}async close(e){e&&this.#t?.readyState===1&&this.#t.send(e),this.#t?.close(1e3),this.#i(1006)}};var pi="http://127.0.0.1:8765";function yo(t=globalThis.location?.origin??pi){return new URL(t.replace(/^ws/,"http").replace(/\/*$/,"/"))}var bo=()=>globalThis.indexedDB?new vt:null;function go({base:t,WebSocket:e,fetch:n,rhythm:o,authorization:s}){if(!e&&!n)throw new TypeError("A client needs a way: WebSocket or fetch");let r=()=>({"x-basicchat":"1",...s()});return{first:e?()=>new kt({base:t,WebSocket:e,opening:o.opening}):null,fallback:n?c=>new wt({base:t,fetch:n,headers:r,rhythm:o,onWay:c}):null}}var fi=1<<20,hi=new Set(["typing.set","presence.set"]),Be=class{#e;#t=new pt;#n;#o;#r;#i;#s;#a;constructor({url:e,token:n,name:o="javascript",version:s="1",rhythm:r,random:i,...a}={}){this.#e={base:yo(e),token:n,client:{name:o,version:s},WebSocket:"WebSocket"in a?a.WebSocket:globalThis.WebSocket,fetch:"fetch"in a?a.fetch:(...u)=>globalThis.fetch(...u),rhythm:{...Qt,...r}},this.#r="queue"in a?a.queue:bo(),this.#n=new $t(this.#r,this.#e.base.href,u=>{console.warn("What waits to be sent is not kept:",u)}),this.#i=new dt(this.#n),this.#s=new ht({ways:go({...this.#e,authorization:()=>this.authorization()}),hello:()=>this.#p(),requests:this.#i,tell:u=>this.#u(u),rhythm:this.#e.rhythm,random:i??Math.random});let c=(u,p)=>this.#t.emit(u,p),d=()=>this.#s.refollow();this.#a=new gt(c,(...u)=>this.#d(...u),d),this.#s.workWith(this.#a),this.wake=this.#s.wake}get state(){return this.#s.state}get user(){return this.#s.session.user}get server(){return this.#s.session.server}get limits(){return this.#s.session.limits}async connect(){return await this.#s.start(),this}async authenticate(e){return this.#e.token=e,this.#s.stop("connecting"),this.#s.session.forget(),this.connect()}async close(){let e=Te("close","session.close",{}),n=this.#s.stop("closed",{last:e});this.#s.session.forget();let o=new D("The client was closed",{kind:"closed"});this.#i.failAll(o,{kept:!0}),await n,await this.#n.settled(),await this.#r?.close?.()}async call(e,n={}){return hi.has(e)&&this.state.status!=="online"?null:this.#d(e,n,this.#c)}#c=e=>{e?.epoch&&e.run_id!==void 0&&this.#a.accepted(e)};async#d(e,n,o){let s=Oe(this.state);if(s&&this.state.status!=="unauthenticated")throw s;let r=this.#l(e,n,o,this.user?.id??null);return this.#s.flush(),r.queued=r.sentOn===null,r.reply}#l(e,n,o,s){let r=this.limits.max_frame_bytes??fi;return this.#i.add(e,n,{maxBytes:r,then:o,user:s})}async sendQuery(e,n,o){return this.call("query",_o(e,n,o))}async*streamQuery(e,n,o){let s=new Ue(this.#t,["delta","event","state"]);try{let r=await this.call("stream_request",_o(e,n,o));for(yield{type:"accepted",...r};r.run_id!==null;){let[i,a]=await s.next(),c=i==="state"&&Oe(a);if(c)throw c;if((a.run??a.data?.run_id)===r.run_id&&(yield i==="delta"?{type:"delta",...a}:a,He.has(a.type)))return}}finally{s.end()}}async sendMessage({type:e,method:n=e??"stream_request",...o}){return this.call(n,o)}async join(e){return this.#a.join(e)}async leave(e){this.#a.forget(e);try{return await this.call("rooms.leave",{room_id:e})}finally{this.#a.forget(e)}}async typing(e,n=!0){return this.call("typing.set",{room_id:e,typing:n})}on(e,n){return this.#t.on(e,n)}async*events(...e){let n=e.length?e:mt,o=new Ue(this.#t,[...n,"state"]);try{for(;;){let[s,r]=await o.next();n.includes(s)&&(yield[s,r]);let i=s==="state"&&Oe(r);if(i?.kind==="closed")return;if(i)throw i}}finally{o.end()}}parts(e){return this.#a.runs.book.parts(e)}authorization(){let{token:e}=this.#e;return e?{authorization:`Bearer ${e}`}:{}}#u(e){if(this.#t.emit("state",e),clearInterval(this.#o),e.status!=="online")return;let n=e.user.id;this.#m(n,this.#n.claim(n));let o=()=>this.#m(n,this.#n.inherit(n));this.#o=setInterval(o,this.#e.rhythm.inherit),this.#o.unref?.()}async#m(e,n){for(let{id:o,method:s,params:r}of await n)if(!(this.#i.has(o)||this.user?.id!==e))try{let i=this.#l(s,r,this.#c,e);i.queued=!0;let a=i.reply;a.catch(()=>{}),this.#t.emit("restored",{method:s,params:i.params,reply:a})}catch(i){if(!(i instanceof D))throw i}this.#s.flush()}#p(){let{client:e,token:n}=this.#e;return n?{client:e,token:n}:{client:e}}};function _o(t,e,n){let o=typeof e=="object"?e:{...n,reasoningMode:e},s={query:t,reasoning_mode:o?.reasoningMode??"auto",room_id:o?.roomId,model:o?.model,document_ids:o?.documentIds,client_msg_id:o?.clientMsgId};return Object.fromEntries(Object.entries(s).filter(([,r])=>r!=null))}async function ze(t,e={},n={}){return vo(t,{method:"POST",headers:{"content-type":"application/json","X-BasicChat":"1",...n},body:JSON.stringify(e)})}var wo=t=>vo(t,{});function $i({code:t,message:e,data:n={}}){let{retry_after_ms:o,...s}=n;return new D(e,{...s,code:t,retryAfterMs:o})}async function vo(t,e){let n;try{n=await fetch(t,e)}catch{throw new D("The server cannot be reached",{kind:"connection_lost"})}let o=await n.json().catch(()=>({}));if(n.ok)return o;throw o.error?$i(o.error):new D(`The server answered with status ${n.status}`,{kind:"http"})}function xt(t,e){try{return JSON.parse(localStorage.getItem(t))??e}catch{return e}}function Ke(t,e){try{e===null?localStorage.removeItem(t):localStorage.setItem(t,JSON.stringify(e))}catch{}}function un(){try{let t=["basicchat.theme","basicchat.chosen"];for(let e of Object.keys(localStorage))e.startsWith("basicchat.")&&!t.includes(e)&&localStorage.removeItem(e);sessionStorage.clear()}catch{}}var dn=["people","invitations"];function xo(t){let[,e,...n]=t.split("/").map(ko),o=/^#invite=(.+)$/.exec(t)?.[1];return o?{name:"invite",code:ko(o)}:e==="c"&&n[0]?{name:"chat",roomId:n[0],messageId:n[1]||null}:e==="account"?{name:"account"}:e==="connect"?{name:"connect"}:e==="admin"?{name:"admin",tab:dn.includes(n[0])?n[0]:dn[0]}:{name:"chat",roomId:null,messageId:null}}var ne=(t,e)=>`#/c/${encodeURIComponent(t)}${e?`/${encodeURIComponent(e)}`:""}`,So="#/account",Co="#/connect",St=(t=dn[0])=>`#/admin/${t}`;function ko(t){try{return decodeURIComponent(t)}catch{return t}}var pn="basicchat.invitation";function Eo({store:t,client:e,say:n}){let{dispatch:o,get:s}=t,r=(h,y)=>ze(h,y,e.authorization());async function i(h){if(s().user&&s().user.id!==h.id)return un(),location.reload();o({type:"reentering",on:!0}),await e.authenticate(void 0)}async function a(h,y){let{user:k}=await ze("api/login",{name:h,password:y});await i(k)}function c(){un(),location.hash="",location.reload()}async function d(h,y){o({type:"reentering",on:!0});try{let{user:k}=await r("api/password",{password:y,...h&&{current:h}});await i(k)}catch(k){throw o({type:"reentering",on:!1}),k}n("Your password is changed. Every other login of yours has ended.")}async function u(h){mn(h),o({type:"invitation",invitation:{code:h}});try{let y=await ze("api/invitations/look",{code:h});o({type:"invitation",invitation:{code:h,...y}})}catch(y){y.kind==="not_found"&&mn(null),o({type:"invitation",invitation:{code:h,error:y}})}}async function p(h,y){let{code:k}=s().invitation,{user:v,room_id:_}=await ze("api/invitations/accept",{code:k,name:h,password:y});f(),await i(v),m(_)}async function $(){let{room_id:h}=await r("api/invitations/accept",{code:s().invitation.code});f(),m(h)}let m=h=>{h&&(location.hash=ne(h))};function f(){mn(null),o({type:"invitation",invitation:null})}return{logIn:a,logInWithToken:h=>e.authenticate(h),loginOptions:()=>wo("api/login-options"),logOut:()=>r("api/logout").then(c),logOutEverywhere:()=>r("api/logout-everywhere").then(c),changePassword:d,lookAt:u,resumeInvitation:()=>Mo()&&u(Mo()),acceptAsNew:p,accept:$,dropInvitation:f}}function mn(t){try{t?sessionStorage.setItem(pn,t):sessionStorage.removeItem(pn)}catch{}}function Mo(){try{return sessionStorage.getItem(pn)}catch{return null}}function Ao({store:t,client:e}){let{dispatch:n,get:o}=t;async function s(){n({type:"directory",...await e.call("users.list")})}async function r(h){let{user:y,password:k}=await e.call("users.create",h);return n({type:"directory.put",user:y}),{user:y,password:k}}async function i(h,y){let k=await e.call("users.update",{user_id:h,...y});n({type:"directory.put",user:k})}async function a(h){await e.call("users.delete",{user_id:h}),n({type:"directory.gone",userId:h})}async function c(){n({type:"invitations",...await e.call("invitations.list")})}async function d(h){let{invitation:y,path:k}=await e.call("invitations.create",h);return n({type:"invitation.put",invitation:y}),new URL(k.replace(/^\//,""),document.baseURI).href}async function u(h){await e.call("invitations.revoke",{invitation_id:h}),n({type:"invitation.gone",id:h})}let p=h=>h===o().user.id?{}:{user_id:h};async function $(h){let{keys:y}=await e.call("keys.list",p(h));n({type:"keys",userId:h,keys:y})}async function m(h,y){let{key:k,secret:v}=await e.call("keys.create",{...y,...p(h)});return n({type:"key.put",key:k}),v}async function f({user_id:h,key_id:y}){await e.call("keys.revoke",{key_id:y}),n({type:"key.gone",userId:h,keyId:y})}return{loadDirectory:s,addUser:r,changeUser:i,deleteUser:a,logOutUser:h=>e.call("session.logout_everywhere",{user_id:h}),loadInvitations:c,invite:d,revokeInvitation:u,loadKeys:$,makeKey:m,revokeKey:f}}var fn={};ge(fn,{actions:()=>bi,initial:()=>yi,offered:()=>we});var yi={connection:{status:"idle",transport:null},locked:!1,reentering:!1,user:null,limits:{},view:{name:"chat"},roomId:null,visible:!0,models:[],provider:null,modes:[],chosen:{model:null,mode:"auto"},panel:null,drawer:!1,dialog:null,notice:null,invitation:null},bi={connection:(t,{state:e})=>({...t,connection:e,user:e.user??t.user,locked:gi(t,e),reentering:t.reentering&&e.status!=="online"}),reentering:(t,{on:e})=>({...t,reentering:e,locked:t.locked&&!e}),limits:(t,{limits:e})=>({...t,limits:e}),catalogue:(t,{models:e,provider:n,modes:o})=>({...t,models:e,provider:n,modes:o}),chosen:(t,{chosen:e})=>({...t,chosen:{...t.chosen,...e}}),view:(t,{view:e})=>({...t,view:e,drawer:!1,panel:null}),visible:(t,{visible:e})=>({...t,visible:e}),panel:(t,{panel:e})=>({...t,panel:e,drawer:!1}),drawer:(t,{open:e})=>({...t,drawer:e}),dialog:(t,{dialog:e})=>({...t,dialog:e}),notice:(t,{notice:e})=>({...t,notice:e}),invitation:(t,{invitation:e})=>({...t,invitation:e})};function gi({locked:t,reentering:e},{status:n}){return e?!1:["unauthenticated","forbidden"].includes(n)||t&&n!=="online"}var we=(t,e)=>t.find(n=>n.id===e)?.id;var Re="new",_i=200,wi=100;function To({store:t,client:e,attempt:n,say:o,carryDraft:s}){let{dispatch:r,get:i}=t;async function a(b,S=null){let C=i().roomId;b===C&&i().view.name==="chat"||(r({type:"open",roomId:b}),C&&C!==b&&!c(C)&&e.leave(C).catch(()=>{}),b&&b!==C&&await d(b)),b&&S&&await n($(b,S))}let c=b=>Object.values(i().runs).some(S=>S.room_id===b);async function d(b){i().chats[b]?.messages.length||r({type:"chat.loading",roomId:b});try{await e.join(b)}catch(S){r({type:"chat.failed",roomId:b,error:S})}}async function u(b,S=50){let C=i().chats[b].older,x=await e.call("messages.list",{room_id:b,before:C,limit:S});r({type:"older",roomId:b,...x})}let p=(b,S)=>i().chats[b]?.messages.find(C=>C.message_id===S);async function $(b,S){for(let x=0;!p(b,S)&&x<wi&&i().chats[b]?.older;x++)await u(b,_i);let C=p(b,S);if(!C)return o("This message is not here any more.");C.parent_id&&r({type:"shown",roomId:b,parentId:C.parent_id,messageId:S}),r({type:"target",roomId:b,messageId:S})}async function m(b,S={id:G(),text:b}){let C=i().roomId;r({type:"pending",roomId:C??Re,item:S});let{chosen:x,models:F,modes:rt}=i(),V={query:b,client_msg_id:S.id};return C&&(V.room_id=C),we(F,x.model)&&(V.model=x.model),we(rt,x.mode)&&(V.reasoning_mode=x.mode),f(C,S,e.call("stream_request",V))}async function f(b,S,C){try{let x=await C;b||r({type:"begun",from:Re,roomId:x.room_id,id:S.id}),r({type:"pending.accepted",roomId:x.room_id,id:S.id,seq:x.seq}),b||y(x.room_id)}catch(x){r({type:"pending.failed",roomId:b??Re,id:S.id,error:x})}}function h({method:b,params:S,reply:C}){if(b!=="stream_request")return n(C);let x={id:S.client_msg_id,text:S.query},F=S.room_id??null;return r({type:"pending",roomId:F??Re,item:x}),f(F,x,C)}function y(b){let{roomId:S,view:C}=i();S!==null||C.name!=="chat"||(s(b),r({type:"open",roomId:b}),history.replaceState(null,"",ne(b)))}function k(b,S){return r({type:"pending.done",roomId:b??Re,id:S.id}),m(S.text,{...S,error:void 0})}let v=b=>e.call("messages.regenerate",{message_id:b});async function _(b,S,C){await e.call("messages.edit",{message_id:b.message_id,text:S}),C&&await v(b.message_id)}return{open:a,load:d,ask:m,askAgain:k,restored:h,loadOlder:b=>n(u(b)),discard:(b,S)=>r({type:"pending.done",roomId:b??Re,id:S}),stop:b=>n(e.call("runs.cancel",{run_id:b})),retry:b=>n(v(b)),goOn:b=>n(e.call("runs.continue",{run_id:b,client_msg_id:G()})),edit:_,remove:b=>n(e.call("messages.delete",{message_id:b})),rate:(b,S)=>n(e.call("feedback.set",{message_id:b,value:S,client_msg_id:G()})),found:b=>r({type:"target",roomId:b,messageId:null}),show:(b,S,C)=>r({type:"shown",roomId:b,parentId:S,messageId:C})}}function Oo({client:t}){let e=()=>new URL(".",document.baseURI).href;return{listConnectors:()=>t.call("connectors.list",{url:e()}),listGrants:()=>t.call("grants.list").then(({grants:n})=>n),revokeGrant:({grant_id:n})=>t.call("grants.revoke",{grant_id:n})}}var hn={};ge(hn,{actions:()=>ki,draftOf:()=>Le,initial:()=>vi,signals:()=>xi});var vi={drafts:{}},ki={"drafts.known":(t,{drafts:e})=>{let n=Object.fromEntries(Object.entries(t.drafts).filter(([,o])=>o.dirty));for(let[o,s]of Object.entries(e))n[o]??={text:s,dirty:!1,sent:[]};return{...t,drafts:n}},"draft.known":(t,{roomId:e,text:n})=>Ye(t,e,o=>o.dirty?{}:{text:n}),"draft.edited":(t,{roomId:e,text:n})=>Ye(t,e,o=>({text:n,dirty:!0,sent:o.sent})),"draft.sending":(t,{roomId:e,text:n})=>Ye(t,e,o=>({sent:[...o.sent,n].slice(-Si)})),"draft.kept":(t,{roomId:e,text:n})=>Ye(t,e,o=>({dirty:o.dirty&&o.text!==n}))},xi={draft:(t,{data:{room_id:e,text:n}})=>Ye(t,e,o=>o.sent.includes(n)?{sent:o.sent.filter(s=>s!==n)}:o.dirty?{}:{text:n})},Si=20,Ci={text:"",dirty:!1,sent:[]},Le=({drafts:t},e)=>t[e??"new"]?.text??"";function Ye(t,e,n){let o=t.drafts[e]??Ci;return{...t,drafts:{...t.drafts,[e]:{...o,...n(o)}}}}var Do=80,Mi=3e3,Ct="new",$n=t=>`basicchat.draft.${t??Ct}`;function Ro({store:t,client:e}){let{dispatch:n,get:o}=t,s=new Map,r=new Map,i=new Map,a=new Set;function c(f,h){n({type:"draft.edited",roomId:f??Ct,text:h}),Ke($n(f),h||null),f&&d(f,(i.get(f)??0)+Do-performance.now())}function d(f,h){s.has(f)||a.has(f)||s.set(f,setTimeout(()=>u(f),Math.max(0,h)))}async function u(f){if(clearTimeout(s.get(f)),s.delete(f),a.has(f)||o().connection.status!=="online")return;let h=Le(o(),f);i.set(f,performance.now()),a.add(f),n({type:"draft.sending",roomId:f,text:h});let y=i.get(f)+Do;try{await e.call("drafts.set",{room_id:f,text:h}),n({type:"draft.kept",roomId:f,text:h}),o().drafts[f].dirty||Ke($n(f),null)}catch(k){y=k.retryAfterMs?performance.now()+k.retryAfterMs:null}finally{a.delete(f)}y!==null&&o().drafts[f]?.dirty&&d(f,y-performance.now())}function p(f){let h=xt($n(f),"");h&&!o().drafts[f??Ct]?.dirty&&c(f,h)}function $(f){let h=Le(o(),null);h&&(c(f,h),c(null,""))}function m(f,h){let y=Date.now(),k=r.get(f)??0;(h?y-k<Mi:!k)||(r.set(f,h?y:0),e.call("typing.set",{room_id:f,typing:h}).catch(()=>{}))}return{write:c,typing:m,recallDraft:p,carryDraft:$,keepAll(){for(let[f,{dirty:h}]of Object.entries(o().drafts))h&&f!==Ct&&u(f)},sent(f){r.delete(f)}}}var gn={};ge(gn,{actions:()=>Ai,bumpRoom:()=>bn,events:()=>Ti,initial:()=>Ei,isShared:()=>B,putRoom:()=>Mt,unreadIn:()=>yn});var Ei={rooms:null},Ai={rooms:(t,{rooms:e})=>({...t,rooms:e}),"room.made":(t,{room:e})=>Mt(t,e),open:(t,{roomId:e})=>({...t,roomId:e,view:{name:"chat"},drawer:!1,panel:t.panel?.kind==="documents"?t.panel:null,rooms:Oi(t.rooms,e)})},Ti={"room.updated":(t,e)=>Mt(t,e)},B=t=>(t?.members?.length??0)>1,yn=t=>(t??[]).reduce((e,n)=>e+n.unread,0),Oi=(t,e)=>t?.map(n=>n.room_id===e&&n.unread?{...n,unread:0}:n)??null;function bn(t,{room_id:e,seq:n}){let o=t.rooms?.find(s=>s.room_id===e);return o&&n>o.last_seq?Mt(t,{...o,last_seq:n}):t}function Mt(t,e){let n=(t.rooms??[]).filter(i=>i.room_id!==e.room_id),o=t.rooms?.find(i=>i.room_id===e.room_id),s={...o,...e};return!o||e.last_seq>o.last_seq?{...t,rooms:[s,...n]}:{...t,rooms:t.rooms.map(i=>i===o?s:i)}}var Di=1e3;function Lo({store:t,client:e,attempt:n,say:o}){let{dispatch:s,get:r}=t,i=new Map,a=null,c=0;function d(m,f){let h=r().rooms?.find(y=>y.room_id===m);!h||!B(h)&&!h.unread||f<=(i.get(m)??0)||(i.set(m,f),clearTimeout(a),a=setTimeout(()=>{c=Date.now(),e.call("rooms.read",{room_id:m,seq:i.get(m)}).catch(()=>{i.delete(m)})},Math.max(0,c+Di-Date.now())))}async function u(m){let f=await e.call("rooms.create",{name:m});location.hash=ne(f.room_id),s({type:"room.made",room:f}),s({type:"open",roomId:f.room_id}),s({type:"panel",panel:{kind:"members"}}),await e.join(f.room_id)}async function p(m){await e.call("rooms.remove",{room_id:m,user_id:r().user.id}),r().roomId===m&&(location.hash=""),o("You have left the room.")}let $=(m,f,h)=>e.call("rooms.invite",{room_id:m,user_id:f,role:h});return{seen:d,createRoom:u,rename:(m,f)=>n(e.call("rooms.update",{room_id:m,name:f})),removeRoom:m=>(r().roomId===m&&(location.hash=""),n(e.call("rooms.delete",{room_id:m}))),leaveRoom:m=>n(p(m)),addMember:(m,f,h)=>n($(m,f,h)),changeRole:(m,f,h)=>n($(m,f,h)),removeMember:(m,f)=>n(e.call("rooms.remove",{room_id:m,user_id:f}))}}function Po({store:t,client:e,attempt:n}){let{dispatch:o,get:s}=t,r=null;function i(u,p){if(o({type:"search.asked",query:u,roomId:p}),clearTimeout(r),!u.trim())return o({type:"search.found",query:u,roomId:p,messages:null});r=setTimeout(()=>c(u,p),200)}let a=(u,p,$)=>e.call("messages.search",{query:u,limit:50,...p&&{room_id:p},...$&&{before:$}});async function c(u,p){try{o({type:"search.found",query:u,roomId:p,...await a(u,p)})}catch($){o({type:"search.failed",query:u,roomId:p,error:$})}}async function d(){let{query:u,roomId:p,next:$}=s().search,m=await a(u,p,$);o({type:"search.more",query:u,roomId:p,before:$,...m})}return{findMore:()=>n(d()),openSearch:(u=null)=>!s().locked&&o({type:"search.open",roomId:u}),closeSearch:()=>o({type:"search.close"}),find:i}}function Io(t,e){let{dispatch:n,get:o}=t,s=d=>n({type:"notice",notice:{text:d,id:G()}}),r=d=>n({type:"notice",notice:{error:d,id:G()}}),i=d=>d.catch(r),a={store:t,client:e,say:s,fail:r,attempt:i},c=Ro(a);return{say:s,fail:r,...c,...To({...a,carryDraft:c.carryDraft}),...Lo(a),...Po(a),...Eo(a),...Ao(a),...Oo(a),removeDocument:d=>i(e.call("documents.delete",{document_id:d})),readDocument:(d,u,p)=>e.call("documents.get",{document_id:d,start:u,end:p}),readRun:d=>e.call("runs.get",{run_id:d}),openPanel:d=>n({type:"panel",panel:d}),openDrawer:d=>n({type:"drawer",open:d}),openDialog:d=>n({type:"dialog",dialog:d}),showView:d=>n({type:"view",view:d}),choose(d){n({type:"chosen",chosen:d}),Ke("basicchat.chosen",o().chosen)},retryNow:()=>e.wake()}}var Wo=function(t,e,n,o){var s;e[0]=0;for(var r=1;r<e.length;r++){var i=e[r++],a=e[r]?(e[0]|=i?1:2,n[e[r++]]):e[++r];i===3?o[0]=a:i===4?o[1]=Object.assign(o[1]||{},a):i===5?(o[1]=o[1]||{})[e[++r]]=a:i===6?o[1][e[++r]]+=a+"":i?(s=t.apply(a,Wo(t,a,n,["",null])),o.push(s),a[0]?e[0]|=2:(e[r-2]=0,e[r]=s)):o.push(a)}return o},No=new Map;function qo(t){var e=No.get(this);return e||(e=new Map,No.set(this,e)),(e=Wo(this,e.get(t)||(e.set(t,e=(function(n){for(var o,s,r=1,i="",a="",c=[0],d=function($){r===1&&($||(i=i.replace(/^\s*\n\s*|\s*\n\s*$/g,"")))?c.push(0,$,i):r===3&&($||i)?(c.push(3,$,i),r=2):r===2&&i==="..."&&$?c.push(4,$,0):r===2&&i&&!$?c.push(5,0,!0,i):r>=5&&((i||!$&&r===5)&&(c.push(r,0,i,s),r=6),$&&(c.push(r,$,0,s),r=6)),i=""},u=0;u<n.length;u++){u&&(r===1&&d(),d(u));for(var p=0;p<n[u].length;p++)o=n[u][p],r===1?o==="<"?(d(),c=[c],r=3):i+=o:r===4?i==="--"&&o===">"?(r=1,i=""):i=o+i[0]:a?o===a?a="":i+=o:o==='"'||o==="'"?a=o:o===">"?(d(),r=1):r&&(o==="="?(r=5,s=i,i=""):o==="/"&&(r<5||n[u][p+1]===">")?(d(),r===3&&(c=c[0]),r=c,(c=c[0]).push(2,0,r),r=0):o===" "||o==="	"||o===`
`||o==="\r"?(d(),r=2):i+=o),r===3&&i==="!--"&&(r=4,c=c[0])}return d(),c})(t)),e),arguments,[])).length>1?e:e[0]}var T,Ho,Ri,ae,_n,Dt,Fo,At,Bo,vn,wn,Li,Ve=Symbol.for("pv"),Rt={},Lt=[],Pi=/^m(i|n|o|s|text|space)$/,kn=Array.isArray,xn=Lt.slice,ke=Object.assign;function ve(t){t&&t.parentNode&&t.remove()}function zo(t,e,n){var o,s,r,i={},a=arguments.length;for(r in e)r=="key"?o=e[r]:r=="ref"&&typeof t!="function"?s=e[r]:i[r]=e[r];return a>2&&(i.children=a>3?xn.call(arguments,2):n),Ge(t,i,o,s,null)}function Ge(t,e,n,o,s){var r={type:t,props:e,key:n,ref:o,__k:null,__:null,__b:0,__e:null,__c:null,constructor:Ve,__v:s||++Ho,__i:-1,__u:0};return!s&&T.vnode&&T.vnode(r),r}function Xe(t){return t.children}function Tt(t,e){this.props=t,this.context=e,this.__g=0}function le(t,e){if(e==null)return t.__&&le(t.__,t.__i+1);for(var n;e<t.__k.length;e++)if((n=t.__k[e])&&n.__e)return n.__e;return typeof t.type!="function"||t.props.__P?null:le(t)}function Ii(t){var e,n=t.__v,o=n.__e,s=[],r=[],i=t.__P;i&&((e=ke({constructor:Ve},n)).__v=n.__v+1,T.vnode&&T.vnode(e),Sn(i,e,n,t.__n,i.namespaceURI,32&n.__u?[o]:null,s,o||le(n),32&n.__u,r),e.__v=n.__v,e.__.__k[e.__i]=e,Jo(s,e,r),n.__=n.__e=null,e.__e!=o&&Ko(e))}function Ko(t){if((t=t.__)&&t.__c&&!t.props.__P)return t.__e=null,t.__k.some(function(e){return e&&(t.__e=e.__e)}),Ko(t)}function jo(t){(8&t.__g||(t.__g|=8,ae.push(t),Dt++))&&_n==T.debounceRendering||((_n=T.debounceRendering)||queueMicrotask)(Yo)}function Yo(){try{for(var t,e=1;ae.length;)ae.length>e&&ae.sort(Fo),t=ae.shift(),e=ae.length,8&t.__g&&Ii(t)}finally{(Dt=ae.length)&&(_n||queueMicrotask)(Yo)}}function Go(t,e,n,o,s,r,i,a,c,d,u){var p,$,m,f,h,y,k=o.__k||Lt,v=e.length;for(c=Ni(n,e,k,c,v),p=0;p<v;p++)(m=n.__k[p])!=null&&($=~m.__i&&k[m.__i]||Rt,m.__i=p,y=Sn(t,m,$,s,r,i,a,c,d,u),f=m.__e,($.ref!=m.ref||8&$.__u)&&($.ref&&Cn($.ref,null,m,$),m.ref&&u.push(m.ref,m.__c||f,m)),h=h||f,4&m.__u?(c=Vo(m,c,t,!$.__v),$.__e&&($.__e=null)):typeof m.type=="function"&&y!==void 0?c=y:f&&(c=f.nextSibling),m.__u&=-21);return n.__e=h,c}function Ni(t,e,n,o,s){var r,i,a,c,d,u,p,$,m,f=n.length,h=f,y=0,k=0,v=t.__k=Array(s);for(r=0;r<s;r++)(i=e[r])!=null&&typeof i!="boolean"&&typeof i!="function"?(typeof i!="object"||i.constructor===String?i=v[r]=Ge(null,i):kn(i)?i=v[r]=Ge(Xe,{children:i}):i.constructor===Ve&&i.__b?i=v[r]=Ge(i.type,i.props,i.key,i.ref,i.__v):v[r]=i,c=r+y,i.__=t,i.__b=t.__b+1,a=null,~(d=i.__i=Wi(i,n,c,h))&&(h--,(a=n[d])&&(a.__u|=2)),a&&a.__v?(i.__u|=16,d==c-1?y--:d==c+1?y++:d!=c&&(d>c?y--:y++,k=1)):(~d||(s>f?y--:s<f&&y++),typeof i.type!="function"&&(i.__u|=4))):v[r]=null;if(k){for(u=[],p=[],r=0;r<s;r++)if((i=v[r])&&16&i.__u){for(y=0,$=u.length;y<$;)u[m=y+$>>1]<i.__i?y=m+1:$=m;u[y]=i.__i,p[r]=y+1}for(y=u.length;r--;)p[r]&&(p[r]==y?y--:v[r].__u|=4)}if(h)for(r=0;r<f;r++)!(a=n[r])||2&a.__u||(a.__e==o&&(o=le(a)),Mn(a,a));return o}function Vo(t,e,n,o){var s,r,i,a;if(typeof t.type=="function"){if(t.props.__P)return e;if(s=t.__k)for(r=0;r<s.length;r++)s[r]&&(s[r].__=t,e=Vo(s[r],e,n,!1));return e}for(e&&!e.parentNode&&(e=le(t))&&!e.parentNode&&(e=null),i=t.__e,a=e;a&&a.nodeType==8;)a=a.nextSibling;for(i!=a&&(!o&&n.moveBefore&&i.parentNode?n.moveBefore(i,e):n.insertBefore(i,e||null)),e=i;(e=e&&e.nextSibling)&&e.nodeType==8&&!e.data.startsWith("$s"););return e}function Wi(t,e,n,o){var s,r=t.key,i=t.type,a=e[n],c=a&&!(2&a.__u);if(a===null&&r==null||c&&r==a.key&&i==a.type)return n;if(o>(c?1:0)){for(s=n-1;s>=0;s--)if((a=e[s])&&!(2&a.__u)&&r==a.key&&i==a.type)return s;for(s=n+1;s<e.length;s++)if((a=e[s])&&!(2&a.__u)&&r==a.key&&i==a.type)return s}return-1}function Uo(t,e,n){n==null&&(n=""),e[0]=="-"?t.setProperty(e,n):t[e]=n}function Et(t,e,n,o,s){var r,i;if(e=="style")if(typeof n=="string")t.style.cssText=n;else{if(typeof o=="string"&&(t.style.cssText=o=""),o)for(e in o)n&&e in n||Uo(t.style,e);if(n)for(e in n)o&&n[e]==o[e]||Uo(t.style,e,n[e])}else if(e[0]=="o"&&e[1]=="n")typeof n!="function"&&(n=null),typeof o!="function"&&(o=null),(t.__e||(t.__e={}))[e]=n,n&&o||(i=wn[e]||(wn[e]=qi(e)),(t.__a||(t.__a={}))[e]=vn,r=e!=(e=e.replace(Bo,"$1")),(e=e.slice(2))[0]<"a"&&(e=e.toLowerCase()),n?t.addEventListener(e,i,r):t.removeEventListener(e,i,r));else{if(s=="http://www.w3.org/2000/svg")e=e.replace(/xlink(H|:h)/,"h").replace(/sName$/,"s");else if(e!="width"&&e!="height"&&e!="href"&&e!="list"&&e!="form"&&e!="tabIndex"&&e!="download"&&e!="rowSpan"&&e!="colSpan"&&e!="role"&&e!="popover"&&e in t)try{return void(t[e]=n??"")}catch{}if(typeof n=="function")return;n==null||n===!1&&e[4]!="-"?t.removeAttribute(e):t.setAttribute(e,e=="popover"&&n==1?"":n)}}function qi(t){return function(e){var n=this.__e;if(n){if(n=n[t],e[At]==null)e[At]=vn++;else if(e[At]<this.__a[t])return;return n(T.event?T.event(e):e)}}}function Sn(t,e,n,o,s,r,i,a,c,d){var u,p,$,m,f,h,y,k,v,_,b,S,C,x,F,rt,V,be,re=e.type;if(e.constructor!==Ve)return null;128&n.__u&&(c=32&n.__u,u=n.__c.__z)&&(e.__u|=c,p=r=[],u.nodeType==8?a=Ot(u,r):r.push(u),a=r[0]||a),(u=T.__b)&&u(e);e:if(typeof re=="function"){$=i.length;try{if(k=e.props,v=(u=re.prototype)&&u.render,_=(u=re.contextType)&&o[u.__c],b=u?_?_.props.value:u.__:o,(m=n.__c)?(e.__c=m,2&m.__g&&(m.__g|=1)):(v?e.__c=m=new re(k,b):(e.__c=m=new Tt(k,b),m.constructor=re,m.render=Ui),_&&_.sub(m),m.state||(m.state={}),m.__n=o,m.__g|=8,m.__h=[],m.__k=[]),v&&(m.__s||(m.__s=m.state),re.getDerivedStateFromProps&&(m.__s==m.state&&(m.__s=ke({},m.__s)),ke(m.__s,re.getDerivedStateFromProps(k,m.__s)))),f=m.props,h=m.state,m.__v=e,n.__c){if(k!==f&&v&&!re.getDerivedStateFromProps&&m.componentWillReceiveProps&&m.componentWillReceiveProps(k,b),e.__v==n.__v&&!(8&m.__g)||!(4&m.__g)&&m.shouldComponentUpdate&&m.shouldComponentUpdate(k,m.__s,b)===!1){e.__v!=n.__v&&(m.props=k,m.state=m.__s,m.__g&=-9),e.__e=n.__e,e.__k=n.__k,e.__k.some(function(Q){Q&&(Q.__=e)}),Lt.push.apply(m.__h,m.__k),m.__k=[],m.__h.length&&i.push(m),a=le(n);break e}m.componentWillUpdate&&m.componentWillUpdate(k,m.__s,b),v&&m.componentDidUpdate&&m.__h.push(function(){m.componentDidUpdate(f,h,y)})}else v&&!re.getDerivedStateFromProps&&m.componentWillMount&&m.componentWillMount(),v&&m.componentDidMount&&m.__h.push(m.componentDidMount);m.context=b,m.props=k,m.__P=t,m.__g&=-5,S=T.__r,C=v?25:0;do m.__g&=-9,S&&S(e),u=m.render(m.props,m.state=m.__s,m.context);while(8&m.__g&&++C<25);v&&(Lt.push.apply(m.__h,m.__k),m.__k=[]),m.state=m.__s,m.getChildContext&&(o=ke({},o,m.getChildContext())),v&&n.__c&&m.getSnapshotBeforeUpdate&&(y=m.getSnapshotBeforeUpdate(f,h)),x=u&&u.type===Xe&&u.key==null?u.props.children:u,k.__P&&(u=a,s=(t=k.__P).namespaceURI,c=r=null,n.props&&n.props.__P!=t&&(n.__k.some(function(Q){Q&&Mn(Q,Q)}),n.__k=null),a=n.__k?le(n,0):null),a=Go(t,kn(x)?x:[x],e,n,o,s,r,i,a,c,d),k.__P&&(e.__e=null,a=u),e.__u&=-161,p&&p.some(ve),m.__h.length&&i.push(m),1&m.__g&&(m.__g&=-4)}catch(Q){if(i.length=$,e.__v=null,c||r)if(Q&&Q.then){if(e.__u|=128|c,r){for(~(V=r.indexOf(a||void 0))||(V=r.length);(be=r[V-1])&&be.nodeType==8;)V--;for(;V<r.length;V++)if(be=r[V])if(r[V]=null,F){if(be==rt)break}else{if(be.nodeType!=8)break;be.data.startsWith("$s")&&(rt=Ot(F=be))}}if(!F){for(;a&&a.nodeType==8&&a.nextSibling;)a=a.nextSibling;F=a}(u=Ot(F=e.__c.__z||(e.__c.__z=F)))?(e.__e=F,a=u):e.__e=a,a=a&&a.nextSibling}else r&&r.some(ve);else e.__e=n.__e;e.__k||(e.__k=n.__k||[]),Q&&Q.then||Xo(e),T.__e(Q,e,n)}}else a=e.__e=ji(n.__e,e,n,o,s,r,i,c,d,t);return(u=T.diffed)&&u(e),a}function Ot(t,e){if(t&&t.nodeType==8&&t.data.startsWith("$s"))for(var n=1;t=t.nextSibling;){if(t.nodeType==8){if(t.data.startsWith("$s"))n++;else if(t.data.startsWith("/$s")&&!--n)return t}e&&e.push(t)}}function Xo(t){t&&(t.__c&&(t.__c.__g|=4),t.__k&&t.__k.some(Xo))}function Jo(t,e,n){for(var o=0;o<n.length;)Cn(n[o++],n[o++],n[o++]);T.__c&&T.__c(e,t),t.some(function(s){try{t=s.__h,s.__h=[],t.some(function(r){r.call(s)})}catch(r){T.__e(r,s.__v)}})}function ji(t,e,n,o,s,r,i,a,c,d){var u,p,$,m,f,h,y,k,v=n.props||Rt,_=e.props,b=e.type;if(b=="svg"?s="http://www.w3.org/2000/svg":b=="math"?s="http://www.w3.org/1998/Math/MathML":s||(s="http://www.w3.org/1999/xhtml"),r){for(u=0;u<r.length;u++)if((f=r[u])&&(b?f.localName==b:f.nodeType==3)){t=f,r[u]=null;break}}if(!t){if(k=d.ownerDocument||document,!b)return k.createTextNode(_);t=k.createElementNS(s,b,_.is?_:d),a&&(T.__m&&T.__m(e,r),a=!1),r=null}if(b){if(d=b=="template"&&t.content||t,r=b=="textarea"&&_.defaultValue!=null?null:r&&xn.call(d.childNodes),!a&&r)for(v={},u=0;u<t.attributes.length;u++)v[(f=t.attributes[u]).name]=f.value;for(u in v)f=v[u],u=="dangerouslySetInnerHTML"?$=f:u=="children"||u in _||u=="value"&&"defaultValue"in _||u=="checked"&&"defaultChecked"in _||Et(t,u,null,f,s);for(u in _)f=_[u],u=="children"?m=f:u=="dangerouslySetInnerHTML"?p=f:u=="value"?h=f:u=="checked"?y=f:a&&typeof f!="function"||v[u]===f||Et(t,u,f,v[u],s);p?(a||$&&(p.__html==$.__html||p.__html==t.innerHTML)||(t.innerHTML=p.__html),e.__k=[]):($&&(t.textContent=""),(b=="foreignObject"||s=="http://www.w3.org/1998/Math/MathML"&&Pi.test(b))&&(s="http://www.w3.org/1999/xhtml"),Go(d,kn(m)?m:[m],e,n,o,s,r,i,r?r[0]:n.__k&&le(n,0),a,c),r&&r.some(ve)),a&&b!="textarea"||(u="value",b=="progress"&&h==null?t.removeAttribute(u):h==null||h===t[u]&&(b!="progress"||h)||Et(t,u,h,v[u],s),u="checked",y!=null&&y!=t[u]&&Et(t,u,y,v[u],s))}else v===_||a&&t.data==_||(t.data=_);return t}function Cn(t,e,n,o){try{typeof t=="function"?e?e.__x=t(e)||1:o&&(o=o.__c||o.__e)&&(e=o.__x)&&(o.__x=null,typeof e=="function"?e():t(null)):t.current=e}catch(s){T.__e(s,n)}}function Mn(t,e,n){var o,s,r,i;if(T.unmount&&T.unmount(t),!(o=t.ref)||o.current&&o.current!=t.__e||Cn(o,null,e,t),o=t.__c){if(o.componentWillUnmount)try{o.componentWillUnmount()}catch(a){T.__e(a,e)}o.__P=o.__n=null}if(o=t.__k)for(i=0;i<o.length;i++)o[i]&&Mn(o[i],e,typeof t.type!="function"||n&&!t.props.__P);!n&&(o=t.__c)&&(o=o.__z)&&(s=Ot(o,r=[]))&&(o==t.__e&&r.some(ve),ve(s),ve(o)),n||ve(t.__e),t.__e=t.__c=t.__=null}function Ui(t,e,n){return this.constructor(t,n)}function En(t,e){var n,o,s,r;T.__&&T.__(t,e),e.nodeType==9&&(e=e.documentElement),o=(n=t&&32&t.__u)?null:e.__k,e.__k=Ge(Xe,{children:[t]}),s=[],r=[],Sn(e,e.__k,o||Rt,Rt,e.namespaceURI,o?null:e.firstChild?xn.call(e.childNodes):null,s,o?o.__e:e.firstChild,n,r),Jo(s,e.__k,r),e.__k.props.children=null}T={__e:function(t,e,n,o){for(var s,r,i;e=e.__;)if((s=e.__c)&&!(1&s.__g)){s.__g|=4;try{if((i=(r=s.constructor)&&r.getDerivedStateFromError)&&s.setState(r.getDerivedStateFromError(t)),s.componentDidCatch&&(s.componentDidCatch(t,o||{}),i=1),i&&8&s.__g)return void(s.__g|=2)}catch(a){t=a}}throw Dt=0,t}},Ho=0,Ri=function(t){return t!=null&&t.constructor===Ve},Tt.prototype.setState=function(t,e){var n=this.__s;n&&n!=this.state||(n=this.__s=ke({},this.state)),typeof t=="function"&&(t=t(ke({},n),this.props)),t&&(ke(n,t),this.__v&&(e&&this.__k.push(e),jo(this)))},Tt.prototype.forceUpdate=function(t){this.__v&&(this.__g|=4,t&&this.__h.push(t),jo(this))},Tt.prototype.render=Xe,ae=[],Dt=0,Fo=function(t,e){return t.__v.__b-e.__v.__b},At=Symbol(),Bo=/(PointerCapture)$|Capture$/i,vn=0,wn={},Li=0;var xe,R,An,Qo,Tn=Object.is,Pt=0,as=[],On=[],P=T,Zo=P.__b,es=P.__r,ts=P.diffed,ns=P.__c,os=P.unmount,ss=P.__;function Qe(t,e){P.__h&&P.__h(R,t,Pt||e),Pt=0;var n=R.__H||(R.__H={__:[],__h:[]});return t>=n.__.length&&n.__.push({}),n.__[t]}function g(t){return Pt=1,Hi(ls,t)}function Hi(t,e,n){var o=Qe(xe++,2);if(o.t=t,!o.__c&&(o.__=[n?n(e):ls(void 0,e),function(r){var i=(o.__N||o.__)[0],a=o.t(i,r);Tn(i,a)||(o.__N=[a,o.__[1]],o.__c.setState({}))}],o.__c=R,!R.__f)){R.__f=!0;var s=R.shouldComponentUpdate;R.shouldComponentUpdate=function(r,i,a){var c=this.__H;if(!c)return!0;var d=!1,u=this.props!=r;if(c.__.some(function($){$.__N&&(d=!0,Tn($.__[0],$.__N[0])||(u=!0))}),s){var p=s.call(this,r,i,a);return d?p||u:p}return!d||u}}return o.__}function E(t,e){var n=Qe(xe++,3);!P.__s&&Ln(n.__H,e)&&(n.__P=!0,n.__=t,n.u=e,R.__H.__h.push(n))}function A(t,e){var n=Qe(xe++,4);!P.__s&&Ln(n.__H,e)&&(n.__P=!1,n.__=t,n.u=e,R.__h.push(n))}function M(t){return Pt=5,X(function(){return{current:t}},[])}function X(t,e){var n=Qe(xe++,7);return Ln(n.__H,e)&&(n.__=t(),n.__H=e),n.__}function Rn(t){var e=Qe(xe++,10),n=g();return e.__=t,R.componentDidCatch||(R.componentDidCatch=function(o,s){e.__&&e.__(o,s),n[1](o)}),[n[0],function(){return n[1]()}]}function Fi(){var t;do{for(;t=On.shift();)try{Je(t)}catch(n){P.__e(n,{__:(t=t.__P)&&t.__v})}for(;t=as.shift();){var e=t.__H;if(t.__P&&e)try{e.__h.some(Je),e.__h.some(Dn),e.__h=[]}catch(n){e.__h=[],P.__e(n,t.__v)}}}while(On.length)}P.__b=function(t){R=null,Zo&&Zo(t)},P.__=function(t,e){t&&e.__k&&e.__k.__m&&(t.__m=e.__k.__m),ss&&ss(t,e)},P.__r=function(t){es&&es(t),xe=0;var e=(R=t.__c).__H;e&&(An==R?R.__h=[]:(e.__h.some(Je),e.__h.some(Dn),xe=0),e.__h=[],e.__.some(function(n){n.__N&&(n.__=n.__N),n.u=n.__N=void 0})),An=R},P.diffed=function(t){ts&&ts(t);var e=t.__c;e&&e.__H&&(e.__H.__h.length&&is(as.push(e)),e.__H.__.some(function(n){n.u&&(n.__H=n.u)})),An=R=null},P.__c=function(t,e){e.some(function(n){try{n.__h.some(Je),n.__h=n.__h.filter(function(o){return!o.__||Dn(o)})}catch(o){n.__h=[function(){throw o}]}}),ns&&ns(t,e)},P.unmount=function(t){os&&os(t);var e,n,o=t.__c;o&&o.__H&&(o.__H.__.some(function(s){try{if(s.__P&&s.__c){if(n===void 0){for(n=t.__;n&&(!n.__c||!n.__c.__P);)n=n.__;n=n&&n.__c}s.__P=n,is(On.push(s))}else Je(s)}catch(r){e=r}}),o.__H=void 0,e&&P.__e(e,o.__v))};var rs=typeof requestAnimationFrame=="function";function Bi(t){var e,n=function(){clearTimeout(o),rs&&cancelAnimationFrame(e),setTimeout(t)},o=setTimeout(n,35);rs&&(e=requestAnimationFrame(n))}function is(t){t!=1&&Qo==P.requestAnimationFrame||((Qo=P.requestAnimationFrame)||Bi)(Fi)}function Je(t){var e=R,n=t.__c;typeof n=="function"&&(t.__c=void 0,n()),R=e}function Dn(t){var e=R;t.__c=t.__(),R=e}function Ln(t,e){return!t||t.length!=e.length||e.some(function(n,o){return!Tn(n,t[o])})}function ls(t,e){return typeof e=="function"?e(t):e}var l=qo.bind(zo);var cs=["guest","member","admin","owner"],us=["owner","member","viewer"],It=Object.fromEntries(cs.map((t,e)=>[t,e])),ds=(t,e)=>(It[t?.role]??-1)>=It[e],z=t=>ds(t,"member"),ce=z,Nt=z,Pn=z,ms=z,ue=t=>ds(t,"admin");function ps(t,e){return!ue(t)||t.id===e.id?!1:t.role==="owner"||It[t.role]>It[e.role]}function Wt(t){return t?.role==="owner"?cs:ue(t)?["guest","member"]:Pn(t)?["guest"]:[]}var ie=t=>!t||t.role!=="viewer",Ze=t=>t?.role==="owner",In=(t,e,n)=>t.author.id===e&&!t.deleted_at&&ie(n);function qt(t,e,n,o){return t.deleted_at||!ie(n)?!1:(t.author.kind==="assistant"?o?.author.id:t.author.id)===e||Ze(n)}var J={owner:"Owner",admin:"Administrator",member:"Member",guest:"Guest"},Pe={guest:"May take part in rooms, by invitation",member:"May start rooms, add documents and invite guests",admin:"May look after members and guests, too",owner:"May do everything"},Se={owner:"Owner",member:"Member",viewer:"Viewer"};var zi=8;function K({id:t,name:e,status:n,size:o=""}){return l`
    <span class=${`avatar ${o}`} data-hue=${Yi(t??e)} aria-hidden="true">${Ki(e)}${n&&l`<span class="presence" data-status=${n}></span>`}</span>
  `}function Ki(t){let e=[...t.trim().split(/\s+/)].filter(Boolean);return(e.length>1?[e[0],e.at(-1)]:e).map(o=>[...o][0].toUpperCase()).join("")||"?"}function Yi(t){let e=0;for(let n of t)e=(e*31+n.codePointAt(0))%65521;return e%zi}function Ce(t){if(t<1024)return`${t}\xA0B`;let e=["kB","MB","GB"],n=t/1024;for(;n>=1024&&e.length>1;)n/=1024,e.shift();return`${n<10?n.toFixed(1):Math.round(n)}\xA0${e[0]}`}var j=(t,e)=>`${t} ${e}${t===1?"":"s"}`;function jt(t){return t<1e3?`${Math.round(t)} ms`:`${(t/1e3).toFixed(1)} s`}var de=t=>t.length<2?t.join(""):`${t.slice(0,-1).join(", ")} and ${t.at(-1)}`,Ut=t=>{let e=null;return n=>(e??=new Intl.DateTimeFormat(void 0,t)).format(new Date(n))},fs=Ut({hour:"2-digit",minute:"2-digit"}),hs=Ut({weekday:"long",day:"numeric",month:"long"}),Me=Ut({day:"numeric",month:"short",year:"numeric"}),me=Ut({dateStyle:"medium",timeStyle:"short"});function Ie({page:t,line_start:e,line_end:n}){return t?`page ${t}`:e?n>e?`lines ${e}\u2013${n}`:`line ${e}`:""}function $s(t,e,n,o){let s=je(t,Math.max(0,n-e)),r=je(t,Math.max(0,o-e));return[t.slice(0,s),t.slice(s,r),t.slice(r)]}var ys=t=>t.charAt(0).toUpperCase()+t.slice(1);function O(t){let e=t?.message??"Something went wrong",n=t?.hint??Gi[t?.kind]??"";return{message:e.replace(/([^.!?])$/,"$1."),hint:n}}var Gi={timeout:"The server may be busy. Try again.",connection_lost:"Try again once the connection is back.",forbidden:"Ask an owner or administrator.",rate_limited:"Wait a moment, then try again.",upstream_unavailable:"Check that the model server is running, then try again.",not_found:"It may have been deleted.",too_large:"Make it shorter."};var oe=({text:t})=>(t??"").split("`").map((e,n)=>n%2?l`<code>${e}</code>`:e);function W(t){let[e,n]=g(!1),[o,s]=g(null),r=M(!0);return E(()=>()=>r.current=!1,[]),{busy:e,problem:o,submit:async a=>{if(a?.preventDefault(),!e){n(!0),s(null);try{await t()}catch(c){r.current&&s(c)}r.current&&n(!1)}},setProblem:s}}function Ht(t,e=!0){A(()=>{e&&matchMedia("(hover: hover)").matches&&t.current.querySelector("input").focus()},[e])}function I({error:t,id:e}){let n=Vi(t),{message:o,hint:s}=t?O(t):{},r=!!t?.retryAfterMs,i=r&&`Try again in ${Math.ceil(t.retryAfterMs/1e3)} s.`;return l`
    <div id=${e} class="problem" role="alert">${t&&l`<${oe} text=${[o,!r&&s].filter(Boolean).join(" ")} />
      ${r&&l`<span class="visually-hidden">${i}</span>`}`}</div>
    ${r&&l`<p class="problem" aria-hidden="true">${n>0?`Try again in ${n} s.`:"You can try again now."}</p>`}
  `}function Vi(t){let[e,n]=g(0);return E(()=>{if(!t?.retryAfterMs)return;let o=Date.now()+t.retryAfterMs,s=()=>n(Math.max(0,Math.ceil((o-Date.now())/1e3)));s();let r=setInterval(s,500);return()=>clearInterval(r)},[t]),e}var Xi=0,bs=()=>g(()=>`field-${++Xi}`)[0];function U({label:t,hint:e,...n}){let o=bs();return l`
    <div class="field">
      <label for=${o}>${t}</label>
      <input id=${o} ...${n} aria-describedby=${e?`${o}-hint`:null} />
      ${e&&l`<small id=${`${o}-hint`} class="muted">${e}</small>`}
    </div>
  `}function q({label:t,options:e,value:n,onPick:o,quiet:s=!1,hint:r,...i}){let a=bs();return l`
    <div class=${s?"quiet-select":"field"}>
      <label for=${a} class=${s?"visually-hidden":""}>${t}</label>
      <select id=${a} class="select" value=${n} ...${i}
        aria-describedby=${r?`${a}-hint`:null}
        onChange=${c=>o(c.target.value)}>
        ${e.map(c=>l`<option key=${c.value} value=${c.value}
          selected=${c.value===n}>${c.text}</option>`)}
      </select>
      ${r&&l`<small id=${`${a}-hint`} class="muted">${r}</small>`}
    </div>
  `}var Z=t=>Object.fromEntries(new FormData(t));var gs={plus:"M12 5v14M5 12h14",menu:"M4 7h16M4 12h16M4 17h10",files:"M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zM14 3v5h5M9 13h6M9 17h4",send:"M12 19V5M6 11l6-6 6 6",stop:"M8 8h8v8H8z",copy:"M9 9h10v10a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2zM16 5a2 2 0 0 0-2-2H5a2 2 0 0 0-2 2v9a2 2 0 0 0 2 2",check:"M5 12.500l4.500 4.500L19 7.500",retry:"M4 12a8 8 0 0 1 13.700-5.600L20 8.700M20 4v4.700h-4.700M20 12a8 8 0 0 1-13.700 5.600L4 15.300M4 20v-4.700h4.700",close:"M6 6l12 12M18 6L6 18",trash:"M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",pencil:"M4 20l1-4L16.500 4.500a2.100 2.100 0 0 1 3 3L8 19z",sun:"M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.400 1.400M17.600 17.600L19 19M5 19l1.400-1.400M17.600 6.400L19 5",moon:"M20 14.500A8.500 8.500 0 0 1 9.500 4 8.500 8.500 0 1 0 20 14.500z",down:"M6 9.500l6 6 6-6",left:"M14.500 6l-6 6 6 6",right:"M9.500 6l6 6-6 6",clip:"M20 11.500l-8 8a5 5 0 0 1-7-7l8.500-8.500a3.400 3.400 0 0 1 4.800 4.800L10 17.100a1.700 1.700 0 0 1-2.400-2.400L15 7.500",upload:"M12 15V4M7.500 8.500L12 4l4.500 4.500M4 16v3a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-3",alert:"M12 8v5M12 16.500v.1M10.300 4L2.700 17.500A2 2 0 0 0 4.400 20.500h15.200a2 2 0 0 0 1.700-3L13.700 4a2 2 0 0 0-3.400 0z",more:"M5 12h.01M12 12h.01M19 12h.01",people:"M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 20c0-3.600 2.900-6 6.500-6s6.500 2.400 6.500 6M16 4.300a3.500 3.500 0 0 1 0 6.400M18 14.400c2.100.800 3.500 2.800 3.500 5.600",search:"M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20.500 20.500L16 16",at:"M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM16 8v5.500a2.500 2.500 0 0 0 5 0V12a9 9 0 1 0-3.600 7.200",key:"M8 18a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9zM11.500 10.500L20 2M16.500 5.500l3 3",link:"M10 14a4 4 0 0 0 6 .400l3-3a4 4 0 0 0-5.700-5.700l-1.300 1.300M14 10a4 4 0 0 0-6-.400l-3 3a4 4 0 0 0 5.700 5.700l1.300-1.300",out:"M14 4h4a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-4M10 16l-4-4 4-4M6 12h10",shield:"M12 3l7.500 3v5.500c0 4.500-3 8-7.500 9.500-4.500-1.500-7.500-5-7.500-9.500V6z",user:"M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20.500c.500-3.900 3.600-6.500 7.500-6.500s7 2.600 7.500 6.500",up:"M7 11v9H4v-9zM7 11l4-8a2.500 2.500 0 0 1 2.500 2.500V9h5.300a2 2 0 0 1 2 2.400l-1.400 7a2 2 0 0 1-2 1.600H7",forward:"M5 5l8 7-8 7zM14 5l7 7-7 7z",pause:"M8 5v14M16 5v14",play:"M7 4.500l12 7.500-12 7.500z",download:"M12 4v11M7.500 10.500L12 15l4.500-4.500M4 16v3a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-3"},Ji={"down-thumb":"up"},w=({name:t,size:e=20})=>l`
  <svg class=${`icon icon-${t}`} width=${e} height=${e} viewBox="0 0 24 24"
    aria-hidden="true" focusable="false">
    <path d=${gs[t]??gs[Ji[t]]} />
  </svg>
`,Y=({icon:t,label:e,...n})=>l`
  <button type="button" class="icon-button" aria-label=${e} title=${e} ...${n}><${w}
    name=${t} /></button>
`,te=({size:t=28})=>l`
  <img class="logo" src="favicon.svg" width=${t} height=${t} alt="" />
`;function H({label:t,onClose:e,className:n="",children:o}){let s=M(),r=M(!1);A(()=>{let c=s.current,d=document.activeElement;return c.showModal(),c.querySelector("[data-focus]")?.focus(),()=>{r.current=!0,c.close(),d?.focus()}},[]);let i=()=>!r.current&&e(),a=c=>c.target===s.current&&e();return l`
    <dialog ref=${s} class=${`modal ${n}`} aria-label=${t} onClose=${i} onClick=${a}>
      <div class="modal-body">${o}</div>
    </dialog>
  `}function _s({notice:t,words:e,onClose:n}){E(()=>{if(!t||t.error)return;let s=setTimeout(n,4e3);return()=>clearTimeout(s)},[t]);let o=t?.error?e(t.error):t&&{message:t.text};return l`
    <div class="notice-area" role="status">
      ${o&&l`<div class=${`notice ${t.error?"bad":""}`}>
        ${t.error&&l`<${w} name="alert" size=${18} />`}
        <p>${t.name&&`Could not load ${t.name}. `}${o.message} ${o.hint}</p>
        <button type="button" class="icon-button" aria-label="Dismiss" onClick=${n}><${w}
          name="close" size=${18} /></button>
      </div>`}
    </div>
  `}function pe(t,e){let n=[...t.currentTarget.querySelectorAll(e)],o=n.indexOf(document.activeElement);if(o<0)return;let s={ArrowDown:o+1,ArrowUp:o-1,Home:0,End:n.length-1}[t.key];s!==void 0&&(t.preventDefault(),n[Math.min(Math.max(s,0),n.length-1)].focus())}var Ft=t=>t.key==="Enter"&&!t.shiftKey&&!t.altKey&&!t.isComposing&&t.keyCode!==229;async function se(t){if(navigator.clipboard)return navigator.clipboard.writeText(t);let e=document.createElement("textarea");e.value=t,document.body.append(e),e.select(),document.execCommand("copy"),e.remove()}function Bt({label:t,value:e}){let[n,o]=g(!1);return l`
    <div class="copy-field">
      <label class="field"><span>${t}</span>
        <input readonly value=${e} spellcheck=${!1}
          onFocus=${r=>r.target.select()} /></label>
      <button type="button" class="button primary" data-focus onClick=${async()=>{await se(e),o(!0),setTimeout(()=>o(!1),2e3)}}><${w}
        name=${n?"check":"copy"} size=${16} /> ${n?"Copied":"Copy"}</button>
      <span class="visually-hidden" role="status">${n?"Copied":""}</span>
    </div>
  `}function fe({title:t,text:e,label:n,value:o,close:s}){return l`
    <${H} label=${t} onClose=${s}>
      <h2>${t}</h2>
      <p>${e}</p>
      <${Bt} label=${n} value=${o} />
      <div class="modal-buttons">
        <button type="button" class="button" onClick=${s}>Done</button>
      </div>
    <//>
  `}var Qi=[{value:"24",text:"1 day"},{value:"72",text:"3 days"},{value:"168",text:"7 days"},{value:"720",text:"30 days"}],Zi=["1","5","25","100"].map(t=>({value:t,text:t==="1"?"1 person":`${t} people`}));function ea(){let[t,e]=g("72"),[n,o]=g("1");return l`<div class="field-row">
    <${q} label="Holds for" name="hours" value=${t} options=${Qi} onPick=${e} />
    <${q} label="Can be used by" name="uses" value=${n} options=${Zi} onPick=${o} />
  </div>`}function Nn({id:t,invite:e,title:n,text:o,close:s,children:r}){let[i,a]=g(null),{busy:c,problem:d,submit:u}=W(async()=>{let{hours:p,uses:$}=Z(document.getElementById(t));a(await e({hours:Number(p),uses:Number($)}))});return i?l`<${fe} title=${n} label="Link" value=${i} close=${s} text=${o} />`:l`
    <${H} label="Invite by link" onClose=${s}>
      <form id=${t} class="stack" onSubmit=${u}>
        <h2>Invite by link</h2>
        ${r}
        <${ea} />
        <${I} error=${d} />
        <div class="modal-buttons">
          <button type="button" class="button" onClick=${s}>Cancel</button>
          <button class="button primary" disabled=${c}>Make the link</button>
        </div>
      </form>
    <//>
  `}var ta=[{value:"member",text:"Member: reads and writes"},{value:"viewer",text:"Viewer: only reads"}];function ws({room:t,actions:e,close:n}){let[o,s]=g("member");return l`
    <${Nn} id="room-link" invite=${i=>e.invite({room_id:t.room_id,room_role:o,...i})} close=${n} title="Invitation to this room"
      text="Whoever opens this link can come into the room. Who has no account gets one as a guest. The link is shown only now.">
      <p>For people without an account too. They will see all that was said in “${t.name}”.</p>
      <${q} label="They come as" value=${o} options=${ta} onPick=${s} data-focus />
    <//>
  `}var na={read:"read",write:"write",admin:"administer"},oa=[{value:"",text:"until it is revoked"},{value:"7",text:"7 days"},{value:"30",text:"30 days"},{value:"365",text:"1 year"}];function Wn({state:t,actions:e,userId:n}){let o=t.keys[n],[s,r]=g(null);E(()=>{e.loadKeys(n).catch(r)},[n]);let i=a=>ra(a,e,()=>e.revokeKey(a).catch(e.fail));return s?l`<p class="problem" role="alert">${O(s).message}</p>`:o?o.length?l`<ul class="rows" aria-label="API keys">
    ${o.map(a=>l`<li class="row" key=${a.key_id}>
      <${w} name="key" />
      <span class="row-text"><span class="row-name">${a.label}</span>
        <span class="muted">${sa(a)}</span></span>
      <button type="button" class="button danger-text" aria-label=${`Revoke ${a.label}`}
        onClick=${()=>i(a)}>Revoke</button>
    </li>`)}
  </ul>`:l`<p class="muted">There are no keys.</p>`:l`<p class="waiting">Loading the keys…</p>`}function sa({scopes:t,created_at:e,expires_at:n,last_used_at:o}){return[`may ${de(t.map(s=>na[s]))}`,`made ${Me(e)}`,n?`holds until ${Me(n)}`:null,o?`last used ${me(o)}`:"never used"].filter(Boolean).join(" \xB7 ")}function ra(t,e,n){e.openDialog({title:`Revoke \u201C${t.label}\u201D?`,text:"Programs that use this key stop working at once, and what they run is cancelled.",verb:"Revoke",onConfirm:n})}function vs({user:t,state:e,actions:n,close:o}){let s=t??e.user,[r,i]=g(""),[a,c]=g(null),{busy:d,problem:u,submit:p}=W(async()=>{let{label:$,write:m,admin:f}=Z(document.getElementById("new-key")),h=["read",m&&"write",f&&"admin"].filter(Boolean),y={label:$.trim(),scopes:h,...r&&{days:Number(r)}};c(await n.makeKey(s.id,y))});if(a){let $=t?t.name:"you";return l`<${fe} title=${t?`A new key of ${$}`:"Your new key"} label="Key"
      value=${a} close=${o}
      text=${`Copy it now: it is shown only this once. Whoever has it can act as ${$}.`} />`}return l`
    <${H} label="New API key" onClose=${o}>
      <form id="new-key" class="stack" onSubmit=${p}>
        <h2>New API key${t&&` of ${t.name}`}</h2>
        <${U} label="What it is for" name="label" maxlength="100" required data-focus
          placeholder="For example: backup script" autocomplete="off" />
        <fieldset class="checks"><legend>It may</legend>
          <label class="check"><input type="checkbox" checked disabled /> read</label>
          <label class="check"><input type="checkbox" name="write" defaultChecked /> write, ask and upload</label>
          ${ue(s)&&l`<label class="check"><input type="checkbox" name="admin" /> administer this server</label>`}
        </fieldset>
        <${q} label="Holds" value=${r} options=${oa} onPick=${i} />
        <${I} error=${u} />
        <div class="modal-buttons">
          <button type="button" class="button" onClick=${o}>Cancel</button>
          <button class="button primary" disabled=${d}>Make the key</button>
        </div>
      </form>
    <//>
  `}function ks({user:t,state:e,actions:n,close:o}){return l`
    <${H} label=${`API keys of ${t.name}`} className="wide" onClose=${o}>
      <h2>API keys of ${t.name}</h2>
      <${Wn} state=${e} actions=${n} userId=${t.id} />
      <div class="modal-buttons">
        ${e.user.role==="owner"&&Nt(t)&&l`<button type="button" class="button"
          onClick=${()=>n.openDialog({kind:"new-key",user:t})}>New key</button>`}
        <button type="button" class="button" data-focus onClick=${o}>Close</button>
      </div>
    <//>
  `}function xs({state:t,actions:e}){let{user:n}=t;return n?l`
    <div class="view-scroll" tabindex="-1"><div class="view">
      <h1>Your account</h1>
      <div class="me"><${K} id=${n.id} name=${n.name} size="large" />
        <div><p class="me-name">${n.name}</p>
          <p class="muted">${J[n.role]}. ${Pe[n.role]}.</p></div></div>
      <${ia} actions=${e} />
      ${Nt(n)&&l`<section aria-labelledby="keys-title">
        <h2 id="keys-title">API keys</h2>
        <p class="muted">For programs that act as you. A key is shown once, when it is made.</p>
        <${Wn} state=${t} actions=${e} userId=${n.id} />
        <button type="button" class="button"
          onClick=${()=>e.openDialog({kind:"new-key"})}><${w} name="plus" size=${16}
          /> New key</button>
      </section>`}
      <${aa} actions=${e} />
    </div></div>
  `:l`<p class="waiting view">Connecting…</p>`}function ia({actions:t}){let e=M(),{busy:n,problem:o,submit:s}=W(async()=>{let{current:r,password:i,repeated:a}=Z(e.current);if(i!==a)throw new Error("The two new passwords are not the same");await t.changePassword(r,i),e.current?.reset()});return l`
    <section aria-labelledby="password-title">
      <h2 id="password-title">Password</h2>
      <form ref=${e} class="stack narrow-form" onSubmit=${s}>
        <${U} label="Current password" name="current" type="password"
          autocomplete="current-password"
          hint="Leave it empty if you have none yet, because you log in by a link or single sign-on." />
        <${U} label="New password" name="password" type="password" minlength="8" required
          autocomplete="new-password" hint="At least 8 characters." />
        <${U} label="New password again" name="repeated" type="password" required
          autocomplete="new-password" />
        <${I} error=${o} />
        <div><button class="button primary" disabled=${n}>Change the password</button></div>
      </form>
    </section>
  `}function aa({actions:t}){return l`
    <section aria-labelledby="logins-title">
      <h2 id="logins-title">Logins</h2>
      <div class="buttons">
        <button type="button" class="button"
          onClick=${()=>t.logOut().catch(t.fail)}><${w} name="out" size=${16}
          /> Log out</button>
        <button type="button" class="button danger-text" onClick=${()=>t.openDialog({title:"Log out everywhere?",text:"All your devices are logged out within a second, this one too. API keys go on.",verb:"Log out everywhere",onConfirm:()=>t.logOutEverywhere().catch(t.fail)})}>Log out everywhere</button>
      </div>
    </section>
  `}function Ss({state:t,actions:e}){let{invitations:n,directory:o,rooms:s}=t,[r,i]=g(null);E(()=>{e.loadInvitations().catch(i),e.loadDirectory().catch(i)},[]);let a=u=>o?.find(p=>p.id===u)?.name??"somebody",c=u=>s?.find(p=>p.room_id===u)?.name??"a room",d=u=>e.openDialog({title:"Withdraw this invitation?",text:"Its link no longer works. Who has come by it stays.",verb:"Withdraw",onConfirm:()=>e.revokeInvitation(u.invitation_id).catch(e.fail)});return l`
    <div class="view-tools">
      <button type="button" class="button primary"
        onClick=${()=>e.openDialog({kind:"invite-to-server"})}><${w} name="link"
        size=${18} /> Invite by link</button>
    </div>
    ${r&&l`<p class="problem" role="alert">${O(r).message}</p>`}
    ${!n&&!r&&l`<p class="waiting">Loading the invitations…</p>`}
    ${n?.length===0&&l`<p class="muted">No invitation is open.</p>`}
    <ul class="rows" aria-label="Invitations">
      ${n?.map(u=>l`<li class="row" key=${u.invitation_id}>
        <${w} name="link" />
        <span class="row-text">
          <span class="row-name">${J[u.role]}${u.room_id&&l`, into “${c(u.room_id)}” as ${Se[u.room_role]}`}</span>
          <span class="muted">by ${a(u.inviter_id)} · ${j(u.uses_left,"use")} left ·
            holds until ${me(u.expires_at)}</span>
        </span>
        <button type="button" class="button danger-text" onClick=${()=>d(u)}>Withdraw</button>
      </li>`)}
    </ul>
  `}var zt=8;function ee({label:t,items:e,icon:n="more",children:o,...s}){let[r,i]=g(!1),a=M(),c=M(),d=e.filter(Boolean);if(A(()=>{r&&(c.current.showPopover(),la(c.current,a.current),c.current.querySelector("[role=menuitem]")?.focus())},[r]),!d.length)return null;let u=()=>{i(!1),a.current?.focus()},p=m=>{m.key==="Escape"||m.key==="Tab"?(m.preventDefault(),u()):pe(m,"[role=menuitem]")},$=m=>m.newState==="closed"&&i(!1);return l`
    <button type="button" ref=${a} class="icon-button small" title=${t}
      aria-label=${o?null:t} aria-haspopup="menu" aria-expanded=${r} ...${s}
      onClick=${()=>i(!r)}>${o??l`<${w} name=${n} size=${18} />`}</button>
    ${r&&l`<div ref=${c} class="menu" role="menu" aria-label=${t} popover="auto"
      onKeyDown=${p} onToggle=${$}>
      ${d.map(m=>l`<button type="button" role="menuitem" tabindex="-1" key=${m.text}
        class=${`menu-item ${m.danger?"danger":""}`} onClick=${()=>{u(),m.act()}}><${w} name=${m.icon} size=${18} />${m.text}</button>`)}
    </div>`}
  `}function la(t,e){let n=e.getBoundingClientRect(),{offsetWidth:o,offsetHeight:s}=t,r=n.bottom+zt+s<innerHeight,i=Math.min(Math.max(zt,n.right-o),innerWidth-o-zt);t.style.left=`${i}px`,t.style.top=`${r?n.bottom+4:Math.max(zt,n.top-s-4)}px`}function Cs({state:t,actions:e}){let{directory:n,user:o}=t,[s,r]=g(""),[i,a]=g(null),c=()=>e.loadDirectory().then(()=>a(null),a);E(()=>{c()},[]);let d=s.trim().toLowerCase(),u=(n??[]).filter(p=>p.name.toLowerCase().includes(d));return l`
    <div class="view-tools">
      <button type="button" class="button primary"
        onClick=${()=>e.openDialog({kind:"add-user"})}><${w} name="plus" size=${18}
        /> Add a user</button>
      <label class="field grow"><span class="visually-hidden">Find a user</span>
        <input type="search" placeholder="Find a user" value=${s}
          onInput=${p=>r(p.target.value)} /></label>
    </div>
    ${i&&l`<p class="problem" role="alert">${O(i).message}
      <button type="button" class="link" onClick=${c}>Try again</button></p>`}
    ${!n&&!i&&l`<p class="waiting">Loading the users…</p>`}
    ${n&&l`<p class="muted" role="status">${j(u.length,"user")}</p>`}
    <ul class="rows" aria-label="Users">
      ${u.map(p=>l`<${ca} key=${p.id} user=${p} me=${o} actions=${e} />`)}
    </ul>
  `}function ca({user:t,me:e,actions:n}){let{id:o,name:s,role:r,status:i,created_at:a,has_password:c}=t,d=ps(e,t)&&i!=="deleted",u=Wt(e).map(m=>({value:m,text:J[m]})),p=[a&&`since ${Me(a)}`,c===!1&&"no password"],$=m=>n.changeUser(o,{role:m}).catch(f=>{n.fail(f),n.loadDirectory().catch(n.fail)});return l`
    <li class="row" data-user=${s} data-status=${i}>
      <${K} id=${o} name=${s} />
      <span class="row-text">
        <span class="row-name" title=${s}>${s}${o===e.id&&l` <span class="muted">(you)</span>`}
          ${i==="suspended"&&l`<span class="chip warn">Suspended</span>`}</span>
        <span class="muted">${p.filter(Boolean).join(" \xB7 ")}</span>
      </span>
      ${d?l`<${q} quiet label=${`Role of ${s}`} value=${r} options=${u}
            onPick=${$} />`:l`<span class="row-role muted">${J[r]}</span>`}
      ${d&&l`<${ee} label=${`What to do with ${s}`} items=${ua(t,n)} />`}
    </li>
  `}function ua(t,e){let{id:n,name:o,status:s}=t,r=(d,u)=>e.changeUser(n,d).then(()=>e.say(u),e.fail);return[{text:"API keys",icon:"key",act:()=>e.openDialog({kind:"keys",user:t})},{text:"New password",icon:"retry",act:()=>e.openDialog({kind:"new-password",user:t})},{text:"Log out everywhere",icon:"out",act:()=>e.logOutUser(n).then(()=>e.say(`${o} is logged out.`),e.fail)},s==="suspended"?{text:"Resume",icon:"play",act:()=>r({status:"active"},`${o} can log in again.`)}:{text:"Suspend",icon:"pause",danger:!0,act:()=>e.openDialog({title:`Suspend ${o}?`,text:`${o} is logged out at once, everywhere, and cannot come back until you resume the account. Nothing is deleted.`,verb:"Suspend",onConfirm:()=>r({status:"suspended"},`${o} is suspended.`)})},{text:"Delete",icon:"trash",danger:!0,act:()=>e.openDialog({title:`Delete ${o}?`,text:`The account is deleted with its documents, its keys, and the rooms that nobody else is in. What ${o} wrote in other rooms stays. This cannot be undone.`,verb:"Delete",onConfirm:()=>e.deleteUser(n).then(()=>e.say(`${o} is deleted.`),e.fail)})}]}var da={people:"People",invitations:"Invitations"};function Ms({state:t,actions:e}){let{tab:n}=t.view;return t.user?ue(t.user)?l`
    <div class="view-scroll" tabindex="-1"><div class="view">
      <h1>Administration</h1>
      <nav class="tabs" aria-label="Administration">
        ${Object.entries(da).map(([o,s])=>l`<a key=${o} href=${St(o)}
          aria-current=${n===o?"page":null}>${s}</a>`)}
      </nav>
      ${n==="invitations"?l`<${Ss} state=${t} actions=${e} />`:l`<${Cs} state=${t} actions=${e} />`}
    </div></div>
  `:l`<div class="view"><h1>Administration</h1>
      <p class="muted">Only owners and administrators look after this server. Ask one of them.</p></div>`:l`<p class="waiting view">Connecting…</p>`}var ma={id:"assistant",name:"assistant",hint:"answers in this room"},pa=/(?:^|[\s([{"'“‘])@([\p{L}\p{N}_.-]{0,40}(?: [\p{L}\p{N}_.-]{1,40})?)$/u,fa=/(?<![\w@.+-])@assistant\b(?!\.\w)/i,ha=6;function Es(t,e){let n=pa.exec(t.slice(0,e));return n&&{start:e-n[1].length-1,query:n[1]}}function As(t,e,n){let o=t.toLowerCase(),s=({name:r})=>{let i=r.toLowerCase();return i.startsWith(o)?0:i.split(/\s+/).some(a=>a.startsWith(o))?1:2};return[ma,...(e??[]).filter(r=>r.id!==n)].map(r=>({one:r,rank:s(r)})).filter(({rank:r})=>r<2).sort((r,i)=>r.rank-i.rank).slice(0,ha).map(({one:r})=>r)}function Ts(t,{start:e,query:n},o){let s=e+1+n.length,r=t.slice(s),i=`@${o}${/^\s/.test(r)?"":" "}`;return{text:t.slice(0,e)+i+r,caret:e+i.length+(/^\s/.test(r)?1:0)}}var Os=t=>fa.test(t);function Ds(t,e){let n=["assistant",...e].filter(Boolean).sort((i,a)=>a.length-i.length),o=new RegExp(`(?<![\\w@.+-])@(?:${n.map($a).join("|")})(?![\\p{L}\\p{N}_])`,"giu"),s=[],r=0;for(let i of t.matchAll(o))i.index>r&&s.push({text:t.slice(r,i.index),mention:!1}),s.push({text:i[0],mention:!0}),r=i.index+i[0].length;return r<t.length&&s.push({text:t.slice(r),mention:!1}),s}var $a=t=>t.replace(/[\\^$.*+?()[\]{}|/]/g,"\\$&");var Ee=[".pdf",".txt",".md",".html",".csv",".docx",".pptx",".xlsx"],ya=[".htm",".markdown",".text"],ba=2,Rs=500;function ga({name:t,size:e},n){let o=t.toLowerCase().match(/\.[^.]+$/)?.[0]??"";return[...Ee,...ya].includes(o)?e===0?"This file is empty. Choose another one.":n&&e>n?`This file is too large (${Ce(e)}; at most ${Ce(n)}). Split it and upload the parts.`:null:`${o?`Files of type ${o}`:"Files without an extension"} cannot be read. Use PDF, Word, PowerPoint, Excel, CSV, Markdown, HTML or text.`}function Ls(t,e){let{dispatch:n,get:o}=t,s=[],r=0;function i(p){let m=[...p].slice(0,Rs).map(f=>{let h=ga(f,o().limits.max_upload_bytes);return{id:G(),file:f,name:f.name,size:f.size,progress:0,status:h?"failed":"waiting",error:h}});n({type:"upload.added",uploads:m}),s.push(...m.filter(f=>!f.error)),a()}function a(){for(;r<ba&&s.length;)r++,d(s.shift()).finally(()=>{r--,a()})}let c=(p,$)=>n({type:"upload.changed",id:p,change:$});async function d({id:p,file:$}){c(p,{status:"uploading"});try{let m=await u($,h=>c(p,{progress:h})),f=o().documents?.some(h=>h.document_id===m.document_id);m.duplicate?c(p,{status:"duplicate",documentId:m.document_id}):f?n({type:"upload.gone",id:p}):c(p,{status:"accepted",documentId:m.document_id})}catch(m){c(p,{status:"failed",error:m.message,again:!0})}}function u(p,$){return new Promise((m,f)=>{let h=new XMLHttpRequest;h.open("POST","api/documents"),h.setRequestHeader("X-BasicChat","1");for(let[k,v]of Object.entries(e.authorization()))h.setRequestHeader(k,v);h.upload.onprogress=({loaded:k,total:v})=>$(v?k/v:0),h.onload=()=>_a(h,m,f),h.onerror=()=>f(new Error("The connection broke during the upload. Try again."));let y=new FormData;y.append("file",p),h.send(y)})}return{add:i,dismiss:p=>n({type:"upload.gone",id:p}),again:({id:p,file:$})=>{n({type:"upload.gone",id:p}),i([$])}}}function _a(t,e,n){let o={};try{o=JSON.parse(t.responseText)}catch{}if(t.status<300)return e(o);let s=o.error??o,r=s.data?.hint??s.hint,i=s.message??`The server did not take this file (status ${t.status})`;n(new Error([i.replace(/([^.!?])$/,"$1."),r].filter(Boolean).join(" ")))}async function Ps(t){let e=[...t.items].map(o=>o.webkitGetAsEntry?.()).filter(Boolean);if(!e.some(o=>o.isDirectory))return[...t.files];let n=[];for(let o of e)await Is(o,n);return n}async function Is(t,e){if(e.length>=Rs||t.name.startsWith("."))return;if(t.isFile){let o=await new Promise((s,r)=>t.file(s,r));return e.push(o)}let n=t.createReader();for(;;){let o=await new Promise((s,r)=>n.readEntries(s,r));if(!o.length)return;for(let s of o)await Is(s,e)}}var qn="mentions",jn=t=>`mention-${t}`;function Ns({found:t,at:e,onPick:n}){return t?l`
    <ul class="mentions" id=${qn} role="listbox" aria-label="Call somebody">
      ${t.all.map((o,s)=>l`<li key=${o.id} id=${jn(s)} class="mention-option" role="option"
        aria-selected=${s===e} onMouseDown=${r=>{r.preventDefault(),n(o)}}>
        ${o.id==="assistant"?l`<${te} size=${24} />`:l`<${K} id=${o.id} name=${o.name} size="small" />`}
        <span class="mention-name">@${o.name}</span>
        <span class="muted">${o.hint??Se[o.role]}</span>
      </li>`)}
    </ul>
    <p class="visually-hidden" role="status">${t.all.length} found: use the arrow keys</p>
  `:null}function qs({state:t,actions:e,uploads:n,run:o,room:s,members:r,prefill:i}){let{roomId:a,chosen:c,models:d,modes:u,user:p}=t,$=B(s),m=Le(t,a),f=M(),h=ka({area:f,text:m,members:r,me:p?.id,shared:$,put:y});A(()=>e.recallDraft(a),[a]),A(()=>{i&&y(i.text,i.text.length)},[i]),A(()=>{matchMedia("(hover: hover)").matches&&!wa(t)&&f.current.focus()},[a]),A(()=>{f.current.style.height="auto",f.current.style.height=`${f.current.scrollHeight}px`},[m]);function y(x,F){f.current.value=x,f.current.focus(),f.current.setSelectionRange(F,F),e.write(a,x)}function k({target:x}){e.write(a,x.value),$&&e.typing(a,!!x.value.trim()),h.look()}let v=o&&!$;function _(){!m.trim()||v||(e.write(a,""),e.sent(a),e.ask(m.trim()))}function b(x){h.onKeyDown(x)||(Ft(x)?(x.preventDefault(),_()):x.key==="Escape"&&v&&(x.preventDefault(),e.stop(o.run_id)))}let S=x=>{x.preventDefault(),_()},C=()=>{let x=`@assistant ${m.replace(/^@assistant\s*/i,"")}`;y(x,x.length)};return l`
    <form class="composer" onSubmit=${S} aria-label=${$?"Write":"Ask"}>
      <${Ns} found=${h.found} at=${h.at} onPick=${h.pick} />
      <textarea ref=${f} rows="1" value=${m} dir="auto" enterkeyhint="send"
        aria-label=${$?"Your message":"Your question"}
        placeholder=${$?"Write, or ask @assistant\u2026":"Ask your documents\u2026"}
        aria-autocomplete=${$?"list":null}
        aria-controls=${h.found?qn:null}
        aria-activedescendant=${h.found?jn(h.at):null}
        onInput=${k} onKeyDown=${b} onKeyUp=${h.look} onClick=${h.look}
        onBlur=${h.close}></textarea>
      <div class="composer-row">
        ${ce(p)&&l`<${va} uploads=${n} actions=${e} />`}
        ${$&&l`<${Y} icon="at" label="Ask the assistant"
          onClick=${C} />`}
        <${Ws} label="Mode" value=${we(u,c.mode)??u[0]?.id}
          onPick=${x=>e.choose({mode:x})}
          options=${u.map(x=>({value:x.id,text:x.title,title:x.description}))}
          />
        <${Ws} label="Model"
          value=${we(d,c.model)??t.provider?.model??d[0]?.id}
          onPick=${x=>e.choose({model:x})}
          options=${d.map(x=>({value:x.id,text:x.id,title:x.loaded?"in memory":""}))}
          />
        <span class="grow"></span>
        ${v?l`<button type="button" class="send stop" aria-label="Stop the answer"
              title="Stop (Esc)" onClick=${()=>e.stop(o.run_id)}><${w} name="stop"
              /></button>`:l`<button class="send" aria-label="Send" title="Send (Enter)"
              disabled=${!m.trim()}><${w} name="send" /></button>`}
      </div>
    </form>
  `}var wa=({chats:t,roomId:e})=>!!t[e]?.target;function va({uploads:t,actions:e}){let n=M(),o=()=>{t.add(n.current.files),n.current.value="",e.openPanel({kind:"documents"})};return l`
    <input ref=${n} type="file" multiple hidden accept=${Ee.join(",")}
      onChange=${o} />
    <${Y} icon="clip" label="Add documents" onClick=${()=>n.current.click()} />
  `}function ka({area:t,text:e,members:n,me:o,shared:s,put:r}){let[i,a]=g(null),[c,d]=g(0),u=()=>a(null),p=f=>{if(f?.type==="keyup"&&["Escape","Enter","Tab","ArrowUp","ArrowDown"].includes(f.key))return;let{value:h,selectionStart:y,selectionEnd:k}=t.current,v=s&&y===k&&Es(h,y),_=v?As(v.query,n,o):[];a(_.length?{mention:v,all:_}:null),v?.query!==i?.mention.query&&d(0)},$=f=>{let h=Ts(t.current.value,i.mention,f.name);u(),r(h.text,h.caret)};return A(()=>{e===""&&u()},[e===""]),{found:i,at:c,look:p,close:u,pick:$,onKeyDown:f=>{if(!i||f.isComposing)return!1;let h=i.all[c].name.toLowerCase()===i.mention.query.toLowerCase();if(f.key==="Enter"&&h)return!1;let y=i.all.length;if(f.key==="ArrowDown")d((c+1)%y);else if(f.key==="ArrowUp")d((c+y-1)%y);else if(f.key==="Enter"||f.key==="Tab")$(i.all[c]);else if(f.key==="Escape")u();else return!1;return f.preventDefault(),!0}}}function Ws({label:t,value:e,options:n,onPick:o}){return n.length?l`
    <label class="picker" data-single=${n.length===1}>
      <span class="visually-hidden">${t}</span>
      <select value=${e} onChange=${s=>o(s.target.value)}>
        ${n.map(s=>l`<option key=${s.value} value=${s.value}
          title=${s.title} selected=${s.value===e}>${s.text}</option>`)}
      </select>
      <${w} name="down" size=${14} />
    </label>
  `:null}var xa=120,Sa=2500;function Us(t,e,n,o){let s=M(),r=M(!0),[i,a]=g(!1),c=()=>{r.current=!0,s.current.scrollTop=s.current.scrollHeight};A(()=>{r.current=!t,t&&(s.current.scrollTop=0)},[t,e,n?.pending.length]),A(()=>{r.current&&!n?.target&&!js(s.current)&&c()},[e,n,o]),E(()=>{let p=new ResizeObserver(()=>{r.current&&s.current&&!js(s.current)&&c()});return p.observe(s.current),p.observe(s.current.firstElementChild),()=>p.disconnect()},[]);let d=()=>{let{scrollHeight:p,scrollTop:$,clientHeight:m}=s.current;r.current=p-$-m<xa,r.current&&=!t,a(!r.current&&!t)};return{element:s,onScroll:d,away:i,toEnd:c,toMessage:p=>{r.current=!1,Ca(p),d()}}}var js=t=>t.contains(document.activeElement)&&document.activeElement.matches("textarea");function Ca(t){t.scrollIntoView({block:"center"}),t.focus({preventScroll:!0}),t.dataset.found="true",setTimeout(()=>delete t.dataset.found,Sa)}function Hs(t,e,n={}){let o=[],s=new Map,r=(a,c)=>{let d=s.get(a);if(d)return d.answers.push(c);let u={key:`a-${a}`,kind:"answers",parentId:a,answers:[c]};s.set(a,u);let p=o.findIndex($=>$.message?.message_id===a);u.question=o[p]?.message??null,o.splice(p<0?o.length:p+1,0,u)};for(let a of t)a.author.kind==="assistant"?r(a.parent_id??a.message_id,a):o.push({key:a.message_id,kind:"message",message:a});let i=new Set(t.map(a=>a.message_id));for(let a of e)i.has(a.message_id)||r(a.parent_id??a.run_id,{run:a});for(let a of s.values())Ma(a,n[a.parentId]);return o.forEach((a,c)=>{a.message&&(a.follows=Aa(o[c-1]?.message,a.message))}),o}function Ma(t,e){let n=t.answers.filter(o=>!o.deleted_at);t.answers=n.length?n:t.answers.slice(-1),t.index=Ea(t,e)}function Ea({answers:t},e){let n=t.length-1;if(t[n].run)return n;let o=t.findIndex(s=>s.message_id===e);return o<0?n:o}function Aa(t,e){return!t||t.author.id!==e.author.id||t.deleted_at?!1:new Date(e.created_at)-new Date(t.created_at)<3e5}var Ta=2e3;function Fs(t){let e=null,n=null,o=()=>n??=Oa(t).then(r=>e=r);function s(){let[,r]=g(e!==null);return A(()=>{let i=!1;return e||o().then(()=>!i&&r(!0)),()=>i=!0},[]),e}return{fetch:o,use:s}}async function Oa(t){for(;;)try{return await t()}catch{await new Promise(e=>{let n=setTimeout(e,Ta),o=()=>{clearTimeout(n),e()};addEventListener("online",o,{once:!0})})}}var Ne=Fs(()=>import("./typesetter.js"));function he({error:t,children:e}){let{message:n,hint:o}=O(t);return l`
    <div class="failure" role="alert">
      <${w} name="alert" />
      <div>
        <p class="failure-title"><${oe} text=${n} /></p>
        ${o&&l`<p><${oe} text=${o} /></p>`}
        <div class="failure-buttons">${e}</div>
      </div>
    </div>
  `}function et({text:t,known:e=null,onCite:n,live:o=!1}){let s=Ne.use(),r=X(()=>s?.blocks(t),[t,s]),i=a=>{let c=a.target.closest(".cite");if(c)return n?.(Number(c.dataset.n),c);let d=a.target.closest(".copy-code");d&&Ra(d)};return s?l`
    <div class="markdown" data-live=${o} onClick=${i}>
      ${r.map((a,c)=>l`<${Da} key=${c} block=${a} known=${e}
        set=${s.blockHtml} />`)}
    </div>
  `:l`<div class="markdown plain" data-live=${o}>${t}</div>`}function Da({block:t,known:e,set:n}){let o=e&&[...e].join(),s=X(()=>({__html:n(t,e)}),[t.raw,o]);return l`<div class="block" dir="auto" dangerouslySetInnerHTML=${s}></div>`}async function Ra(t){await se(t.closest(".code").querySelector("code").textContent.replace(/\n$/,"")),t.textContent="Copied",setTimeout(()=>t.textContent="Copy",1500)}var Kt=t=>`${t.n} ${Ie(t)}`;function Bs({citations:t,shown:e,onOpen:n}){let o=new Map([...t].reverse().map(s=>[Kt(s),s]));return l`
    <ul class="sources" aria-label="Sources">
      ${[...o.values()].reverse().map(s=>l`
        <li key=${Kt(s)}>
          <button type="button" class="source-chip" aria-pressed=${!!e&&Kt(e)===Kt(s)}
            onClick=${()=>n(s)} title=${s.quote}>
            <span class="source-n">${s.n}</span>
            <span class="source-title">${s.title}</span>
            ${Ie(s)&&l`<span class="muted">${Ie(s)}</span>`}
          </button>
        </li>`)}
    </ul>
  `}function zs({words:t,since:e}){let[n,o]=g(0);return E(()=>{let s=setInterval(()=>o(Math.floor((Date.now()-new Date(e))/1e3)),1e3);return()=>clearInterval(s)},[e]),l`<p class="waiting"><span class="pulse"
    aria-hidden="true"></span>${t}${n>=4&&l` <span class="muted">${n} s</span>`}</p>`}function Un({run:t,label:e,live:n=!1,fetch:o}){let[s,r]=g(!1),[i,a]=g(null),[c,d]=g(null),u=t??i;return E(()=>{s&&!u&&o&&o().then(a,d)},[s]),l`
    <details class="trace" open=${s} onToggle=${p=>r(p.target.open)}>
      <summary><${w} name="right" size=${16} /> ${e}</summary>
      ${s&&(u?l`<${La} run=${u} live=${n} />`:l`<p
        class="muted">${c?O(c).message:"Fetching\u2026"}</p>`)}
    </details>
  `}function La({run:t,live:e}){let n=Yt(t.parts,"reasoning");return l`
    <div class="trace-body">
      ${t.steps?.length>0&&l`<ol class="steps">
        ${t.steps.map(o=>l`<li
          key=${o.step}>${o.detail||o.name}${o.ms&&l`<span class="muted"> · ${jt(o.ms)}</span>`}</li>`)}
      </ol>`}
      ${n?l`<${et} text=${n} live=${e} />`:!e&&!t.steps?.length&&l`<p
        class="muted">There is nothing to tell.</p>`}
    </div>
  `}function Yt(t,e){return(t??[]).filter(n=>n.kind===e).map(n=>n.text).join(`

`)}function Ks({entry:t,room:e,shared:n,me:o,actions:s,source:r}){let{answers:i,index:a,parentId:c,question:d}=t,u=i[a],p=n&&l`<${Pa} question=${d} me=${o} />`,$=f=>s.show(e.room_id,c,i[a+f].message_id),m=i.length>1&&!u.run&&l`
    <span class="siblings">
      <button type="button" class="icon-button small" aria-label="Earlier answer"
        disabled=${a===0} onClick=${()=>$(-1)}><${w} name="left" size=${16}
        /></button>
      <span
        aria-label=${`Answer ${a+1} of ${i.length}`}>${a+1}/${i.length}</span>
      <button type="button" class="icon-button small" aria-label="Later answer"
        disabled=${a===i.length-1} onClick=${()=>$(1)}><${w} name="right"
        size=${16} /></button>
    </span>`;return u.run?l`<${Na} run=${u.run} head=${p} shared=${n}
      onStop=${ie(e)&&(()=>s.stop(u.run.run_id))} />`:u.deleted_at?l`<${Ia} message=${u} head=${p} />`:l`<${Wa} message=${u} room=${e} me=${o} question=${d}
    head=${p} actions=${s} source=${r} siblings=${m} />`}var Pa=({question:t,me:e})=>l`
  <p class="answer-head"><${te} size=${20} /> <strong>Assistant</strong>${" "}
    ${t&&l`<span class="muted">to ${t.author.id===e?"you":t.author.name}</span>`}</p>
`,Ia=({message:t,head:e})=>l`
  <article class="answer" id=${`m-${t.message_id}`} aria-label="Deleted answer" tabindex="-1">
    ${e}<p class="tombstone">This answer was deleted.</p>
  </article>
`;function Na({run:t,head:e,shared:n,onStop:o}){let s=Yt(t.parts,"reasoning"),r=Yt(t.parts,"answer"),i=t.steps?.at(-1),a=i?i.detail||i.name:s?"Thinking\u2026":"Starting\u2026";return l`
    <article class="answer" aria-label="Answer, being written" aria-busy="true">
      <h2 class="visually-hidden">Answer</h2>
      ${e}
      ${(s||r)&&l`<${Un} run=${t} live=${!0}
        label=${s&&!r?"Thinking\u2026":"Steps and reasoning"} />`}
      ${!r&&l`<${zs} words=${s&&i?"Thinking\u2026":a}
        since=${t.started_at} />`}
      ${r&&l`<${et} text=${r} live=${!0} />`}
      ${n&&o&&l`<div class="answer-foot"><button type="button" class="button quiet"
        onClick=${o}><${w} name="stop" size=${16} /> Stop</button></div>`}
    </article>
  `}function Wa({message:t,room:e,me:n,question:o,head:s,actions:r,source:i,siblings:a}){let c=t.citations??[],d=X(()=>new Set(c.map(m=>m.n)),[c]),{message_id:u}=t,p=m=>r.openPanel({kind:"source",citation:m,citations:c,messageId:u}),$=m=>p(c.find(f=>f.n===m));return l`
    <article class="answer" id=${`m-${t.message_id}`} aria-label="Answer" tabindex="-1">
      <h2 class="visually-hidden">Answer</h2>
      ${s}
      ${t.run_id&&l`<${Un} run=${t.detail} label="Steps and reasoning"
        fetch=${()=>r.readRun(t.run_id)} />`}
      ${t.text&&l`<${et} text=${t.text} known=${d} onCite=${$} />`}
      <${qa} message=${t} me=${n} question=${o} actions=${r}
        may=${ie(e)} />
      ${c.length>0&&l`<${Bs} citations=${c} shown=${i}
        onOpen=${p} />`}
      <${ja} message=${t} room=${e} me=${n} question=${o} actions=${r}
        siblings=${a} />
    </article>
  `}function qa({message:t,me:e,question:n,actions:o,may:s}){let{run_status:r,error:i,text:a,run_id:c}=t,d=()=>o.retry(t.message_id),u=s&&a&&l`<button type="button" class="button"
    onClick=${()=>o.goOn(c)}><${w} name="forward" size=${16} /> Continue</button>`,p=f=>s&&l`<button type="button" class="button" onClick=${d}><${w} name="retry" size=${16}
    /> ${f}</button>`;if(i)return l`<${he} error=${i}>${u}${p("Try again")}<//>`;if(r!=="cancelled"&&r!=="interrupted")return null;let $=!n||n.author.id===e;return l`<p class="ended">${r==="interrupted"?"The server stopped during this answer. What was written is kept.":$?"You stopped this answer.":"This answer was stopped."}</p>
    <div class="ended-buttons">${u}${p("Start over")}</div>`}function ja({message:t,room:e,me:n,question:o,actions:s,siblings:r}){let{message_id:i,text:a,error:c,feedback:d={}}=t,u=ie(e),p=f=>s.rate(i,d[n]?.value===f?null:f),$=(f,h)=>{let y=Object.values(d).filter(v=>v.value===f).length,k=d[n]?.value===f;return l`<button type="button" class="icon-button thumb" aria-pressed=${k}
      aria-label=${y>1||y&&!k?`${h} (${y})`:h} title=${h}
      onClick=${()=>p(f)}><${w} name=${f==="up"?"up":"down-thumb"} size=${18} />${y>1&&l`<span>${y}</span>`}</button>`},m=()=>s.openDialog({title:"Delete this answer?",text:"Its text will be gone for everyone, for good. Other answers to the question stay.",verb:"Delete",onConfirm:()=>s.remove(i)});return l`
    <div class="answer-foot">
      ${r}
      ${a&&l`<${Ua} text=${a} />`}
      ${u&&!c&&l`<${Y} icon="retry" label="Answer again" onClick=${()=>s.retry(i)} />`}
      ${u&&a&&$("up","Good answer")} ${u&&a&&$("down","Bad answer")}
      ${qt(t,n,e,o)&&l`<${ee} label="More about this answer"
        items=${[{text:"Delete",icon:"trash",danger:!0,act:m}]} />`}
      <${Ha} message=${t} />
    </div>
  `}function Ua({text:t}){let[e,n]=g(!1);return l`<${Y} icon=${e?"check":"copy"}
    label=${e?"Copied":"Copy the answer"} onClick=${async()=>{await se(t),n(!0),setTimeout(()=>n(!1),1500)}} />`}function Ha({message:t}){let{usage:e,timings:n}=t.detail??{},o=n?.total_ms,s=[t.model,e&&j(e.output_tokens,"token"),o&&jt(o)];return l`<span class="facts">${s.filter(Boolean).join(" \xB7 ")}</span>`}function tt({what:t,children:e}){let[n,o]=Rn(r=>reportError(r));if(!n)return e;let s={message:`${t} cannot be shown: this page has a fault`,hint:"Nothing is lost. Try again, or reload the page."};return l`<${he} error=${s}>
    <button type="button" class="button" onClick=${o}>Try again</button>
    <button type="button" class="button" onClick=${()=>location.reload()}>Reload</button>
  <//>`}function Ys({message:t,answered:e,shared:n,actions:o,onEnd:s}){let[r,i]=g(t.text),a=M(),c=M(!1),{busy:d,problem:u,submit:p}=W(async()=>{let y=r.trim();y&&((y!==t.text||c.current)&&await o.edit(t,y,c.current),s())});A(()=>{a.current.focus(),a.current.setSelectionRange(r.length,r.length)},[]),A(()=>{a.current.style.height="auto",a.current.style.height=`${a.current.scrollHeight}px`},[r]);let m=(n?Os(r):!0)&&(e||n),f=(y,k)=>{c.current=k,p(y)};return l`
    <form class="edit" onSubmit=${y=>f(y,m)}>
      <textarea ref=${a} rows="1" dir="auto" value=${r} aria-label="Edit your message"
        onInput=${y=>i(y.target.value)} onKeyDown=${y=>{y.key==="Escape"?(y.preventDefault(),s()):Ft(y)&&f(y,m)}}></textarea>
      <${I} error=${u} />
      <div class="edit-buttons">
        <button type="button" class="button" onClick=${s}>Cancel</button>
        ${m&&l`<button type="button" class="button" disabled=${d||!r.trim()}
          onClick=${y=>f(y,!1)}>Save only</button>`}
        <button class="button primary"
          disabled=${d||!r.trim()}>${m?"Save and answer again":"Save"}</button>
      </div>
    </form>
  `}var Fa=1500;function Gs({entry:t,room:e,shared:n,me:o,names:s,answered:r,actions:i}){let{message:a,follows:c}=t,[d,u]=g(!1),{author:p,message_id:$}=a,m=p.id===o,f=m?"You":p.name;return a.deleted_at?l`<article class="question" id=${`m-${$}`} data-mine=${m} tabindex="-1"
      aria-label=${`${f}, deleted`}>
      <p class="tombstone">${m?"You deleted this message.":`A message of ${p.name} was deleted.`}</p>
    </article>`:l`
    <article class="question" id=${`m-${$}`} data-mine=${m} data-follows=${c}
      aria-label=${f} tabindex="-1">
      ${n&&!c&&l`<p class="author">${!m&&l`<${K} id=${p.id} name=${p.name} size="small" />`}
        ${!m&&l`<span class="author-name">${p.name}</span>`}
        <time datetime=${a.created_at}>${fs(a.created_at)}</time></p>`}
      ${d?l`<${Ys} message=${a} answered=${r} shared=${n}
            actions=${i} onEnd=${()=>u(!1)} />`:l`<div class="said">
          <div class="bubble">${Ds(a.text,s).map(h=>h.mention?l`<span class="mention">${h.text}</span>`:h.text)}${a.edited_at&&l` <span class="edited">edited</span>`}</div>
          <${Ba} message=${a} room=${e} me=${o} actions=${i}
            answered=${r} onEdit=${()=>u(!0)} />
        </div>`}
    </article>
  `}function Ba({message:t,room:e,me:n,actions:o,answered:s,onEdit:r}){let{message_id:i,text:a}=t,c=()=>se(a).then(()=>o.say("Copied.")),d=()=>o.openDialog({title:"Delete this message?",text:"Its text will be gone for everyone, for good.",verb:"Delete",onConfirm:()=>o.remove(i)});return l`<span class="message-tools"><${ee} label="What to do with this message" items=${[{text:"Copy",icon:"copy",act:c},In(t,n,e)&&{text:"Edit",icon:"pencil",act:r},In(t,n,e)&&s&&{text:"Answer again",icon:"retry",act:()=>o.retry(i)},qt(t,n,e)&&{text:"Delete",icon:"trash",danger:!0,act:d}]} /></span>`}function za(t){let[e,n]=g(!1);return E(()=>{let o=setTimeout(()=>n(!0),Fa);return()=>{clearTimeout(o),n(!1)}},[t]),e}function Vs({item:t,online:e,onAgain:n,onDiscard:o}){let s=t.error&&O(t.error),r=za(e)?"Sending\u2026":"";return l`
    <article class="question" aria-label="You" data-mine="true" data-pending="true">
      <div class="bubble">${t.text}</div>
      ${!t.error&&l`<p class="pending-note"
        role="status">${e?r:"Will be sent as soon as the connection is back."}</p>`}
      ${s&&l`<${he} error=${t.error}>
        <button type="button" class="button" onClick=${n}><${w} name="retry" size=${16}
          /> Send again</button>
        <button type="button" class="button" onClick=${o}>Discard</button>
      <//>`}
    </article>
  `}var Ka=100,Ya=50,Ga={message:"This conversation is not here",hint:"It was deleted, or you are not a member of it."};function Xs({state:t,chat:e,room:n,runs:o,actions:s,onTarget:r}){let{roomId:i,user:a,connection:c,panel:d}=t,u=c.status==="online",p=B(n),$=X(()=>Hs(e?.messages??[],o,e?.shown),[e?.messages,e?.shown,t.runs]),m=p?Qa($):[],f=e?.members??n?.members??[],h=f.map(v=>v.name).join(`
`),y=X(()=>p?h.split(`
`):[],[h,p]);if(Va(e?.target,$,r),A(()=>{Ne.fetch()},[]),e?.error)return l`<${he} error=${e.error.kind==="not_found"?Ga:e.error}>
      ${e.error.kind!=="not_found"&&l`<button type="button" class="button"
        onClick=${()=>s.load(i)}>Try again</button>`}
      <a class="button" href="#">New chat</a>
    <//>`;if(e?.loading&&!$.length&&!e.pending.length)return l`<p
      class="waiting">${u?"Opening the conversation\u2026":"Waiting for the connection\u2026"}</p>`;let k=!$.length&&!e?.pending.length;return l`
    <section aria-label="Conversation" data-shared=${p}>
      <h1 class="visually-hidden">${n?.name??"Conversation"}</h1>
      ${e?.older&&l`<button type="button" class="button older"
        onClick=${()=>s.loadOlder(i)}>Show earlier messages</button>`}
      ${k&&l`<${Xa} shared=${p} actions=${s} />`}
      ${$.map((v,_)=>l`<${Za} key=${v.key} entry=${v} room=${n} shared=${p}
        me=${a?.id} names=${y} actions=${s} panel=${d}
        answered=${$[_+1]?.parentId===v.message?.message_id}
        date=${m[_]} />`)}
      ${p&&l`<${el} last=${e?.messages.at(-1)} members=${f} me=${a?.id} />`}
      ${e?.pending.map(v=>l`<${Vs} key=${v.id} item=${v} online=${u}
        onAgain=${()=>s.askAgain(i,v)}
        onDiscard=${()=>s.discard(i,v.id)} />`)}
    </section>
  `}function Va(t,e,n){let[o,s]=g(0);A(()=>{if(!t)return s(0);let r=document.getElementById(`m-${t}`);if(r)return n(r);if(o>Ya)return;let i=setTimeout(()=>s(o+1),Ka);return()=>clearTimeout(i)},[t,e,o])}function Xa({shared:t,actions:e}){return l`<div class="nothing">
    <p>${t?"Nothing was said here yet.":"Nobody else is here yet. Invite people, or ask the assistant."}</p>
    ${!t&&l`<button type="button" class="button"
      onClick=${()=>e.openPanel({kind:"members"})}>Invite people</button>`}
  </div>`}var Hn=new WeakMap;function Ja(t){return Hn.has(t)||Hn.set(t,hs(t.created_at)),Hn.get(t)}function Qa(t){let e=null;return t.map(({message:n})=>{let o=n?Ja(n):e,s=o!==e;return e=o,s?o:null})}function Za({entry:t,room:e,shared:n,me:o,names:s,actions:r,panel:i,answered:a,date:c}){let d=t.answers?.[t.index],u=i?.kind==="source"&&i.messageId===d?.message_id?i.citation:null;return X(()=>{let p=t.kind==="message"?l`<${Gs} entry=${t} room=${e} shared=${n} me=${o} names=${s}
          answered=${a} actions=${r} />`:l`<${Ks} entry=${t} room=${e} shared=${n} me=${o} actions=${r}
          source=${u} />`,$=l`<${tt} what="This message">${p}<//>`;return c?l`<p class="day">${c}</p>${$}`:$},[t.message??t.question,t.follows,d?.run??d,t.answers?.length,t.index,u,n,e?.role,s,a,c,o])}function el({last:t,members:e,me:n}){if(!t||t.author.id!==n)return null;let o=e.filter(r=>r.id!==n&&r.read_seq>=t.seq);if(!o.length)return null;let s=o.length>3?`${o.length} people`:de(o.map(r=>r.name));return l`<p class="seen">Seen by ${s}</p>`}function Js({typing:t={}}){let e=Object.values(t);if(!e.length)return l`<p class="typing" data-idle="true"></p>`;let n=e.length>3?"Several people":de(e);return l`<p class="typing">
    <span class="typing-dots" aria-hidden="true"><i></i><i></i><i></i></span>
    <span class="typing-names">${n}</span> ${e.length>1?"are":"is"} typing …
  </p>`}var tl=["What are the main points?","Which dates and deadlines are mentioned?","What does it say about costs?"];function Qs({state:t,actions:e,uploads:n,onExample:o}){let s=(t.documents??[]).filter(i=>i.status==="ready"),r=t.documents!==null;return t.user&&!z(t.user)?l`<${nl} state=${t} />`:l`
    <div class="welcome">
      <${te} size=${44} />
      <h1>Ask your own documents</h1>
      <p
        class="lead">Answers stream in with the places they come from. Your documents are kept on this server.</p>
      ${r&&!t.documents.length&&l`<${ol} actions=${e}
        uploads=${n} />`}
      ${r&&t.documents.length>0&&l`<${sl} documents=${t.documents}
        actions=${e} />`}
      ${r&&(t.provider?.name==="extractive"?l`<${rl}
        />`:l`<${il} ready=${s} onExample=${o} />`)}
    </div>
  `}function nl({state:t}){return l`
    <div class="welcome">
      <${te} size=${44} />
      <h1>Welcome, ${t.user.name}</h1>
      <p class="lead">${t.rooms?.length?"You are a guest here: choose one of your rooms to read and write in it.":"You are a guest here. The rooms that you are invited to will be listed in the menu."}</p>
    </div>
  `}function ol({actions:t,uploads:e}){let n=M(),o=()=>{e.add(n.current.files),t.openPanel({kind:"documents"})};return l`
    <div class="first-drop">
      <${w} name="upload" size=${24} />
      <p class="with-mouse"><strong>Drop documents anywhere on this page</strong></p>
      <p class="without-mouse"><strong>Add your first documents</strong></p>
      <p class="muted">PDF, Word, PowerPoint, Excel, CSV, Markdown, HTML or text</p>
      <input ref=${n} type="file" multiple hidden accept=${Ee.join(",")} onChange=${o}
        />
      <button type="button" class="button primary"
        onClick=${()=>n.current.click()}>Choose files</button>
    </div>
  `}function sl({documents:t,actions:e}){let n=t.filter(r=>r.status==="ready").length,o=t.filter(r=>r.status==="failed").length,s=t.length-n-o;return l`
    <button type="button" class="library" onClick=${()=>e.openPanel({kind:"documents"})}>
      <${w} name="files" size=${18} />
      <span>
        ${j(n,"document")} ready
        ${s>0&&l`<span class="muted"> · ${s} being read</span>`}
        ${o>0&&l`<span class="problem"> · ${o} unreadable</span>`}
      </span>
    </button>
  `}var rl=()=>l`<p
    class="tip muted">Ask with words that you expect in the text, such as “What is the notice period of the lease?” The passages that answer best are quoted.</p>`;function il({ready:t,onExample:e}){let n=t[0]?.title,o=n?[`What are the main points of \u201C${n}\u201D?`,`Which dates and deadlines does \u201C${n}\u201D mention?`,t[1]?`What do \u201C${n}\u201D and \u201C${t[1].title}\u201D have in common?`:"Which numbers matter most, and why?"]:tl;return l`
    <div class="examples">
      <h2>${n?"Try asking":"Then ask, for example"}</h2>
      <ul>
        ${o.map(s=>l`<li key=${s}><button type="button" class="example"
          onClick=${()=>e(s)}>${s}</button></li>`)}
      </ul>
    </div>
  `}function Zs({state:t,actions:e,uploads:n}){let{roomId:o}=t,s=t.chats[o??"new"],r=t.rooms?.find(f=>f.room_id===o),i=B(r),a=Object.values(t.runs).filter(f=>f.room_id===o),c=a.find(f=>f.status==="running"),[d,u]=g(null),p=!o&&!s?.pending.length,$=Us(p,o,s,a),m=f=>{$.toMessage(f),e.found(o)};return ll(t,s,$.away,e),l`
    <div class="chat" data-empty=${p}>
      <div class="scroll" ref=${$.element} onScroll=${$.onScroll} tabindex="-1">
        <div class="thread">
          ${p?l`<${Qs} state=${t} actions=${e} uploads=${n}
                onExample=${f=>u({text:f})} />`:l`<${Xs} state=${t} chat=${s} room=${r} runs=${a}
                actions=${e} onTarget=${m} />`}
        </div>
      </div>
      <div class="dock">
        ${$.away&&l`<button type="button" class="to-end" onClick=${$.toEnd}><${w}
          name="down" size=${16} /> Latest</button>`}
        ${i&&l`<${Js} typing=${s?.typing} />`}
        ${al(t,r,s)&&l`<${qs} state=${t} actions=${e} uploads=${n} run=${c}
          room=${r} members=${s?.members??r?.members} prefill=${d} />`}
        <${cl} state=${t} room=${r} shared=${i} />
      </div>
      <${ul} chat=${s} roomId=${o} me=${t.user?.id} />
    </div>
  `}function al({roomId:t,user:e},n,o){return o?.error?!1:t?ie(n):!e||z(e)}function ll({visible:t,view:e,roomId:n,connection:o,rooms:s},r,i,a){let c=r?.loading?0:r?.messages.at(-1)?.seq??0,d=t&&!i&&e.name==="chat"&&o.status==="online";E(()=>{d&&n&&c&&a.seen(n,c)},[d,n,c,s===null])}function cl({state:t,room:e,shared:n}){let{provider:o,roomId:s,user:r}=t;return!s&&r&&!z(r)?null:e&&!ie(e)?l`<p class="footnote reading">You can read this room, but not write in it.</p>`:n?l`<p class="footnote quiet">Everyone in the room reads what you write. The assistant
      answers what has <strong>@assistant</strong> in it.</p>`:o?.name!=="extractive"?l`<p class="footnote quiet">Answers can be wrong. Check the sources they cite.</p>`:l`<div class="footnote">
    Without a language model, answers are quotations from your documents.${" "}
    ${o.hint&&l`<details
      class="hint"><summary>Get written answers</summary><span><${oe}
      text=${ys(o.hint)} /></span></details>`}
  </div>`}function ul({chat:t,roomId:e,me:n}){let[o,s]=g(""),r=M({}),i=t?.messages.at(-1);return E(()=>{let a=r.current.roomId===e&&r.current.ready,c=a&&i&&i.seq>r.current.seq;c&&i.author.kind==="assistant"?s(dl(i)):c&&i.author.id!==n?s(`${i.author.name}: ${i.text.slice(0,300)}`):(!a||t?.error)&&s(""),r.current={roomId:e,seq:i?.seq??0,ready:!t?.loading}},[i,e,t?.loading,t?.error]),l`<p class="visually-hidden" aria-live="polite">${o}</p>`}function dl({run_status:t,error:e,text:n,citations:o}){return e?`The answer failed. ${O(e).message}`:t==="cancelled"?"Answer stopped.":`Answer complete${o?.length?`, with ${o.length} sources`:""}: ${n.slice(0,300)}`}var ml={read:"read",write:"write, ask and upload",admin:"administer"};function er({actions:t}){let[e,n]=g(null),[o,s]=g(null),r=()=>t.listGrants().then(n,s);E(()=>{r()},[]);let i=a=>t.openDialog({title:`Disconnect \u201C${a.client_name}\u201D?`,text:"It is locked out at once, and what it runs is cancelled. It can ask you again.",verb:"Disconnect",onConfirm:()=>t.revokeGrant(a).then(r,t.fail)});return l`
    <section aria-labelledby="apps-title">
      <h2 id="apps-title">Connected apps</h2>
      ${o&&l`<p class="problem" role="alert">${O(o).message}</p>`}
      ${!o&&!e&&l`<p class="waiting">Loading…</p>`}
      ${e?.length===0&&l`<p class="muted">No app is connected by logging in.</p>`}
      ${e?.length>0&&l`<ul class="rows" aria-label="Connected apps">
        ${e.map(a=>l`<li class="row" key=${a.grant_id}>
          <${w} name="link" />
          <span class="row-text"><span class="row-name">${a.client_name}</span>
            <span class="muted">${pl(a)}</span></span>
          <button type="button" class="button danger-text"
            aria-label=${`Disconnect ${a.client_name}`}
            onClick=${()=>i(a)}>Disconnect</button>
        </li>`)}
      </ul>`}
    </section>
  `}function pl({redirect_host:t,scopes:e,created_at:n,used_at:o}){return[t,`may ${de(e.map(s=>ml[s]))}`,`connected ${Me(n)}`,o?`last used ${me(o)}`:"never used"].join(" \xB7 ")}var fl=[{value:"darwin",text:"macOS"},{value:"win32",text:"Windows"},{value:"linux",text:"Linux"}],hl={darwin:"~/",linux:"~/",win32:"%USERPROFILE%\\"};function tr({actions:t}){let[e,n]=g(null),[o,s]=g(null);return E(()=>{t.listConnectors().then(n,s)},[]),l`
    <div class="view-scroll" tabindex="-1"><div class="view">
      <h1>Connect other programs</h1>
      <p class="muted">Claude, Cursor, VS Code and other clients of the Model Context Protocol (MCP)
        can search and read your documents and conversations, and ask. Each sees what you may see.</p>
      ${o&&l`<p class="problem" role="alert">${O(o).message}</p>`}
      ${!o&&!e&&l`<p class="waiting">Loading…</p>`}
      ${e&&l`<${$l} url=${e.url} /><${yl} offer=${e} />`}
      <${er} actions=${t} />
    </div></div>
  `}function $l({url:t}){return l`
    <section aria-labelledby="address-title">
      <h2 id="address-title">The address</h2>
      <p class="muted">Where a client asks for the URL of a server or connector, give it this. It
        opens a page on which you log in and agree.</p>
      <${Bt} label="Server URL" value=${t} />
    </section>
  `}function yl({offer:t}){let[e,n]=g(t.connectors[0].id),[o,s]=g(vl(location.hostname)?"local":"remote"),[r,i]=g(kl()),a=t.connectors.find(u=>u.id===e),c=o==="local"&&a.local,d=t.connectors.map(({id:u,title:p})=>({value:u,text:p}));return l`
    <section aria-labelledby="clients-title">
      <h2 id="clients-title">A client's configuration</h2>
      <div class="field-row">
        <${q} label="Client" value=${e} options=${d} onPick=${n} />
        <${q} label="It runs on" value=${r} options=${fl} onPick=${i} />
        ${a.local&&l`<${q} label="It reaches this server" value=${o} onPick=${s}
          options=${[{value:"remote",text:"by its address"},{value:"local",text:"on the same machine"}]} />`}
      </div>
      <${bl} client=${a} url=${t.url} platform=${r} local=${c} />
    </section>
  `}function bl({client:t,url:e,platform:n,local:o}){let s=_l(t,n),r=o||t.remote,i=o?"":` --server ${e.replace(/\/mcp$/,"")}`;return r?l`
    <p>Add this to <code class="path">${s}</code>:</p>
    <${Fn} label=${`Configuration of ${t.title}`} text=${r} />
    <p>Or let BasicChat write it, on that machine:</p>
    <${Fn} label="Command" text=${o?wl(t):`basicchat mcp install ${t.id}${i}`} />
    <p class="muted">${t.then}</p>
  `:l`<${gl} client=${t} server=${i} url=${e} />`}function gl({client:t,server:e,url:n}){return l`
    <p>${t.title} reads no address from its configuration. Make a key in your account settings,
      and let BasicChat, installed on that machine, write in a program that speaks for you:</p>
    <${Fn} label="Command" text=${`basicchat mcp install ${t.id}${e} --token KEY`} />
    <p class="muted">${t.then} Connectors that are added in its own settings are reached from
      its maker's servers: that needs an HTTPS address that is open to the
      internet${n.startsWith("https:")?".":", which this one is not."}</p>
  `}function Fn({label:t,text:e}){let[n,o]=g(!1),s=async()=>{await se(e),o(!0),setTimeout(()=>o(!1),2e3)};return l`<div class="code">
    <div class="code-head"><span>${t}</span>
      <button type="button" class="copy-code" aria-label=${`Copy: ${t}`}
        onClick=${s}>${n?"Copied":"Copy"}</button></div>
    <pre tabindex="0"><code>${e}</code></pre>
    <span class="visually-hidden" role="status">${n?"Copied":""}</span>
  </div>`}function _l({files:t},e){let n=t[e]??t.linux;return hl[e]+(e==="win32"?n.replaceAll("/","\\"):n)}function wl({id:t,local:e}){let[n]=Object.values(JSON.parse(e)),[{command:o,args:s}]=Object.values(n),r=s.indexOf("mcp")+1;return[o,...s.slice(0,r),"install",t,...s.slice(r)].map(a=>/\s/.test(a)?`"${a}"`:a).join(" ")}function vl(t){return t==="localhost"||t==="[::1]"||/^127\./.test(t)}function kl(){let t=navigator.userAgentData?.platform??navigator.platform??"";return/^mac/i.test(t)?"darwin":/^win/i.test(t)?"win32":"linux"}function or({label:t,user:e,role:n,onPick:o,...s}){let r=Wt(e).map(i=>({value:i,text:J[i]}));return l`<${q} label=${t} value=${n} options=${r} onPick=${o}
    hint=${`${Pe[n]}.`} ...${s} />`}function sr({state:t,actions:e,close:n}){let[o,s]=g("member"),[r,i]=g(null),{busy:a,problem:c,submit:d}=W(async()=>{let{name:u,password:p}=Z(document.getElementById("add-user")),$=await e.addUser({name:u.trim(),role:o,...p&&{password:p}});$.password?i($):(n(),e.say(`${$.user.name} is added.`))});return r?l`<${fe} title=${`${r.user.name} is added`} label="Password" value=${r.password} close=${n}
      text=${`Give this password to ${r.user.name}: it is shown only this once. They can change it under \u201CYour account\u201D.`} />`:l`
    <${H} label="Add a user" onClose=${n}>
      <form id="add-user" class="stack" onSubmit=${d}>
        <h2>Add a user</h2>
        <${U} label="Name" name="name" maxlength="100" required data-focus autocomplete="off"
          hint="They log in with it, and others see it." />
        <${or} label="Role" user=${t.user} role=${o} onPick=${s} />
        <${U} label="Password" name="password" type="password" minlength="8"
          autocomplete="new-password" hint="Leave it empty, and one is made for them." />
        <${I} error=${c} />
        <div class="modal-buttons">
          <button type="button" class="button" onClick=${n}>Cancel</button>
          <button class="button primary" disabled=${a}>Add</button>
        </div>
      </form>
    <//>
  `}function rr({state:t,actions:e,close:n}){let[o,s]=g("member");return l`
    <${Nn} id="invite-to-server" invite=${i=>e.invite({role:o,...i})} close=${n}
      title="Invitation to this server"
      text="Whoever opens this link chooses a name and a password, and is in. The link is shown only now.">
      <${or} label="They become" user=${t.user} role=${o} onPick=${s}
        data-focus />
    <//>
  `}function ir({user:t,actions:e,close:n}){let[o,s]=g(null),{busy:r,problem:i,submit:a}=W(async()=>{let c=xl();await e.changeUser(t.id,{password:c}),s(c)});return o?l`<${fe} title=${`New password of ${t.name}`} label="Password" value=${o} close=${n}
      text=${`Give it to ${t.name}: it is shown only this once. The old one, and every login by it, is void.`} />`:l`
    <${H} label="New password" onClose=${n}>
      <form class="stack" onSubmit=${a}>
        <h2>New password for ${t.name}?</h2>
        <p>One is made and shown to you once. ${t.name} is logged out everywhere.</p>
        <${I} error=${i} />
        <div class="modal-buttons">
          <button type="button" class="button" data-focus onClick=${n}>Cancel</button>
          <button class="button primary" disabled=${r}>Make a password</button>
        </div>
      </form>
    <//>
  `}var nr="abcdefghijkmnpqrstuvwxyz23456789";function xl(){let t=crypto.getRandomValues(new Uint8Array(20));return Array.from(t,n=>nr[n%nr.length]).join("").match(/.{5}/g).join("-")}function ar({invitation:t,actions:e}){let{busy:n,problem:o,submit:s}=W(e.accept),{room:r,error:i}=t,a=e.dropInvitation,c=i?"This invitation does not hold":"You are invited",d=!!i||"role"in t;return l`
    <${H} label=${c} onClose=${a}>
      <form class="stack" onSubmit=${s}>
        <h2>${c}</h2>
        ${!d&&l`<p class="waiting">Looking at the invitation…</p>`}
        ${i&&l`<${I} error=${i} />`}
        ${d&&!i&&l`<p>${r?lr(t):"This invitation makes an account, and you have one already."}</p>`}
        <${I} error=${o} />
        <div class="modal-buttons">
          <button type="button" class="button" data-focus onClick=${a}>${r?"Not now":"Close"}</button>
          ${r&&l`<button class="button primary" disabled=${n}>Come in</button>`}
        </div>
      </form>
    <//>
  `}var lr=({inviter:t,room:e})=>`${t??"Somebody"} invites you ${e?`into the room \u201C${e.name}\u201D`:"to this server"}.`;function cr({invitation:t,actions:e,onLogIn:n}){let o=M(),{busy:s,problem:r,submit:i}=W(async()=>{let{name:d,password:u}=Z(o.current);await e.acceptAsNew(d.trim(),u)}),{error:a,role:c}=t;if(Ht(o,!a&&!!c),a){let d=a.kind==="not_found";return l`<h1>${d?"This invitation does not hold":"You are invited"}</h1>
      <${I} error=${a} />
      ${!d&&l`<button type="button" class="button primary wide"
        onClick=${()=>e.lookAt(t.code)}>Try again</button>`}
      <button type="button" class="button wide" onClick=${e.dropInvitation}>Log in instead</button>`}return c?l`
    <h1>You are invited</h1>
    <p>${lr(t)} You will be ${c==="admin"?"an":"a"} ${J[c].toLowerCase()}: you ${Pe[c].toLowerCase()}.</p>
    <form ref=${o} class="stack" onSubmit=${i}>
      <${U} label="Your name" name="name" maxlength="100" required autocomplete="username"
        hint="You log in with it, and others see it." />
      <${U} label="Choose a password" name="password" type="password" minlength="8" required
        autocomplete="new-password" hint="At least 8 characters." />
      <${I} error=${r} />
      <button class="button primary wide" disabled=${s}>Come in</button>
    </form>
    <button type="button" class="link" onClick=${n}>I have an account here</button>
  `:l`<h1>You are invited</h1><p class="waiting">Looking at the invitation…</p>`}var Sl={"add-user":sr,"invite-to-server":rr,"new-password":ir,"new-key":vs,keys:ks,once:fe,prompt:Ml,"room-link":ws};function Cl({title:t,text:e,verb:n,onConfirm:o,close:s}){return l`
    <${H} label=${t} onClose=${s}>
      <h2>${t}</h2>
      <p>${e}</p>
      <div class="modal-buttons">
        <button type="button" class="button" data-focus onClick=${s}>Cancel</button>
        <button type="button" class="button danger" onClick=${()=>{s(),o()}}>${n}</button>
      </div>
    <//>
  `}function Ml({title:t,text:e,label:n,value:o,verb:s,onConfirm:r,close:i}){let[a,c]=g(o);return l`
    <${H} label=${t} onClose=${i}>
      <form onSubmit=${u=>{u.preventDefault(),i(),a.trim()&&a.trim()!==o&&r(a.trim())}}>
        <h2>${t}</h2>
        ${e&&l`<p>${e}</p>`}
        <label class="field">
          <span>${n}</span>
          <input data-focus value=${a} maxlength="200" required
            onInput=${u=>c(u.target.value)}
            onFocus=${u=>u.target.select()} />
        </label>
        <div class="modal-buttons">
          <button type="button" class="button" onClick=${i}>Cancel</button>
          <button class="button primary">${s}</button>
        </div>
      </form>
    <//>
  `}function ur({state:t,actions:e}){let{dialog:n,invitation:o}=t,r={...n,state:t,actions:e,close:()=>e.openDialog(null)};if(!n)return l`<${ar} invitation=${o} actions=${e} />`;let i=Sl[n.kind]??Cl;return l`<${i} key=${n.kind} ...${r} />`}function We({title:t,modal:e,onClose:n,tools:o,children:s}){let r=M();return A(()=>{let i=document.activeElement;return r.current.focus(),()=>i?.isConnected&&i.focus()},[]),l`
    <div class="panel" ref=${r} tabindex="-1" role=${e?"dialog":"complementary"}
      aria-modal=${e||null} aria-label=${t}>
      <header class="panel-head">
        <h2 title=${t}>${t}</h2>
        ${o}
        <${Y} icon="close" label="Close" onClick=${n} />
      </header>
      <div class="panel-body" tabindex="0">${s}</div>
    </div>
  `}function dr({state:t,actions:e,uploads:n,modal:o}){let{documents:s,tasks:r}=t,i=M(),a=()=>{n.add(i.current.files),i.current.value=""};return l`
    <${We} title="Documents" modal=${o} onClose=${()=>e.openPanel(null)}>
      <div class="drop-here">
        <input ref=${i} type="file" multiple hidden accept=${Ee.join(",")}
          onChange=${a} />
        <button type="button" class="button primary"
          onClick=${()=>i.current.click()}><${w} name="upload" size=${18}
          /> Add documents</button>
        <span class="muted"><span
          class="with-mouse">or drop files and folders on this page, </span>${t.limits.max_upload_bytes?`up to ${Ce(t.limits.max_upload_bytes)} each`:""}</span>
      </div>
      ${s===null&&l`<p class="waiting">Loading your documents…</p>`}
      ${s?.length===0&&!t.uploads.length&&l`<p
        class="panel-empty">No documents yet. What you add here can be asked about in every conversation.</p>`}
      <ul class="documents" aria-label="Documents"
        onKeyDown=${c=>pe(c,".document-name")}>
        ${t.uploads.map(c=>l`<${Al} key=${c.id} upload=${c}
          uploads=${n} />`)}
        ${s?.map(c=>l`<${Tl} key=${c.document_id} doc=${c}
          task=${r[c.task_id]} actions=${e} />`)}
      </ul>
    <//>
  `}var El={waiting:"Waiting",uploading:"Uploading",accepted:"Uploaded",duplicate:"Already in your library"};function Al({upload:t,uploads:e}){let{name:n,size:o,status:s,progress:r,error:i,again:a}=t,c=s==="failed"||s==="duplicate";return l`
    <li class="document" data-status=${s}>
      <div class="document-main">
        <span class="document-title">${n}</span>
        ${s==="failed"?l`<p class="problem" role="alert"><${oe} text=${i} /></p>`:l`<span class="muted">${El[s]} · ${Ce(o)}</span>`}
        ${s==="uploading"&&l`<${mr} value=${r} label=${`Uploading ${n}`}
          />`}
      </div>
      ${a&&l`<button type="button" class="icon-button small"
        aria-label=${`Try ${n} again`} title="Try again"
        onClick=${()=>e.again(t)}><${w} name="retry" size=${16} /></button>`}
      ${c&&l`<button type="button" class="icon-button small" aria-label=${`Dismiss ${n}`}
        title="Dismiss" onClick=${()=>e.dismiss(t.id)}><${w} name="close" size=${16}
        /></button>`}
    </li>
  `}function Tl({doc:t,task:e,actions:n}){let{document_id:o,title:s,status:r,error:i}=t,a=()=>n.openPanel({kind:"source",document:t}),c=()=>n.openDialog({title:"Delete this document?",text:`\u201C${s}\u201D will be removed with everything that was indexed from it. Answers that cite it stay, but can no longer open it.`,verb:"Delete",onConfirm:()=>n.removeDocument(o)}),d=r==="queued"||r==="indexing";return l`
    <li class="document" data-status=${r}>
      <div class="document-main">
        <button type="button" class="document-name document-title" disabled=${r!=="ready"}
          title=${s} onClick=${a}>${s}</button>
        ${r==="failed"?l`<p class="problem"><${oe}
              text=${i??"This document could not be read. Delete it and try another file."}
              /></p>`:l`<span class="muted">${Ol(t,e)}</span>`}
        ${d&&l`<${mr} value=${e?.progress} label=${`Indexing ${s}`} />`}
      </div>
      <button type="button" class="icon-button small" aria-label=${`Delete ${s}`} title="Delete"
        onClick=${c}><${w} name="trash" size=${16} /></button>
    </li>
  `}function Ol({status:t,pages:e,bytes:n},o){return t==="queued"?"Waiting to be read":t==="indexing"?o?.message||"Reading":[Ce(n),e&&j(e,"page")].filter(Boolean).join(" \xB7 ")}function mr({value:t,label:e}){return l`<progress class="progress" max="1" value=${t??null}
    aria-label=${e}></progress>`}var Dl={"#login-lapsed":{message:"This login link was used before, or is too old",hint:"Print a new one with `basicchat login`."},"#sso-failed":{message:"Single sign-on did not work",hint:"Try again, or ask an administrator."},"#sso-refused":{message:"Single sign-on worked, but you have no access to this server",hint:"Ask an administrator."}};function pr({state:t,actions:e}){let{invitation:n}=t,[o,s]=g(!1);return l`
    <main class="login">
      <div class="login-card">
        <${te} size=${40} />
        ${n&&!o?l`<${cr} invitation=${n} actions=${e}
              onLogIn=${()=>s(!0)} />`:l`<${Rl} state=${t} actions=${e} />`}
      </div>
    </main>
  `}function Rl({state:t,actions:e}){let[n,o]=g(null),[s]=g(()=>Dl[location.hash]??null);E(()=>{e.loginOptions().then(o,()=>{})},[]);let r=t.connection.status==="forbidden"||t.user!==null;return l`
    <h1>Log in to BasicChat</h1>
    ${s?l`<${I} error=${s} />`:r&&l`<${Ll} state=${t} />`}
    <${Pl} state=${t} actions=${e} />
    ${n?.oidc&&l`<p class="or"><span>or</span></p>
      <a class="button wide" href=${n.oidc.path.replace(/^\//,"")}>Continue with ${n.oidc.name}</a>`}
    <${Il} actions=${e} />
  `}function Ll({state:t}){let n=t.connection.status==="forbidden"?{message:"You have no access to this server any more",hint:"Your account is suspended. Ask an administrator."}:{message:"You were logged out",hint:"Log in again to go on."};return l`<${I} error=${n} />`}function Pl({actions:t}){let e=M(),{busy:n,problem:o,submit:s}=W(async()=>{let{name:r,password:i}=Z(e.current);await t.logIn(r.trim(),i)});return Ht(e),l`
    <form ref=${e} class="stack" onSubmit=${s}>
      <${U} label="Name" name="name" required autocomplete="username" autocapitalize="none"
        spellcheck=${!1} />
      <${U} label="Password" name="password" type="password" required
        autocomplete="current-password" />
      <${I} error=${o} />
      <button class="button primary wide" disabled=${n}>${n?"Logging in\u2026":"Log in"}</button>
    </form>
  `}function Il({actions:t}){let[e,n]=g(""),{busy:o,problem:s,submit:r}=W(async()=>{let i=e.match(/[?&]code=([^&\s]+)/)?.[1];if(i)return location.assign(`login?code=${i}`);try{await t.logInWithToken(e.trim())}catch{throw Object.assign(new Error("This token is not valid, or no longer"),{hint:"Print a new one with `basicchat token`."})}});return l`
    <details class="other-ways">
      <summary>Log in with a link or a token</summary>
      <form class="stack" onSubmit=${r}>
        <p class="muted">Open the login link that <code>basicchat serve</code> printed when it
          started. It works once; <code>basicchat login</code> prints another.</p>
        <${U} label="Or paste the link or a token here" name="token" required value=${e}
          autocomplete="off" spellcheck=${!1} placeholder="…/login?code=…"
          onInput=${i=>n(i.target.value)} />
        <${I} error=${s} />
        <button class="button wide" disabled=${o}>Use it</button>
      </form>
    </details>
  `}var Yn={};ge(Yn,{actions:()=>Yl,events:()=>Gl,initial:()=>Kl,roomOf:()=>$e,signals:()=>Vl,statusOf:()=>ye});var Kn={};ge(Kn,{actions:()=>Wl,chat:()=>L,events:()=>ql,initial:()=>Nl,merge:()=>Gt,waiting:()=>ot});var Nl={chats:{},runs:{}},hr={messages:[],pending:[],older:null,loading:!0,error:null,shown:{},members:null,presence:{},typing:{},target:null},fr=50,Wl={snapshot:(t,e)=>jl(t,e),"chat.failed":(t,{roomId:e,error:n})=>L(t,e,()=>({loading:!1,error:n})),"chat.loading":(t,{roomId:e})=>L(t,e,()=>({loading:!0,error:null})),older:(t,{roomId:e,messages:n,next:o})=>L(t,e,s=>({messages:Gt(n,s.messages),older:o??null})),shown:(t,{roomId:e,parentId:n,messageId:o})=>L(t,e,s=>({shown:{...s.shown,[n]:o}})),target:(t,{roomId:e,messageId:n})=>L(t,e,()=>({target:n})),pending:(t,{roomId:e,item:n})=>L(t,e,o=>({pending:[...o.pending,n]})),"pending.failed":(t,{roomId:e,id:n,error:o})=>L(t,e,s=>({pending:s.pending.map(r=>r.id===n?{...r,error:o}:r)})),"pending.done":(t,{roomId:e,id:n})=>L(t,e,o=>({pending:o.pending.filter(s=>s.id!==n)})),"pending.accepted":(t,{roomId:e,id:n,seq:o})=>zl(t,e,n,o),begun:(t,{from:e,roomId:n,id:o})=>Bl(t,e,n,o),text:(t,{texts:e})=>{let n={...t.runs};for(let[o,s]of Object.entries(e))n[o]&&(n[o]={...n[o],parts:s});return{...t,runs:n}},run:(t,{run:e})=>zn(t,e)},ql={"message.created":(t,e)=>bn(Bn(t,e),e),"message.updated":(t,e)=>Bn(t,e),"message.deleted":(t,e)=>Bn(t,e),"feedback.set":(t,e)=>Hl(t,e),"run.started":(t,e)=>zn(t,e),"run.step":(t,e)=>zn(t,e),"run.completed":(t,e)=>nt(t,e),"run.failed":(t,e)=>nt(t,e),"run.cancelled":(t,e)=>nt(t,e),"run.interrupted":(t,e)=>nt(t,e),"room.deleted":(t,{room_id:e})=>Fl(t,e)};function L(t,e,n){let o=t.chats[e]??hr;return{...t,chats:{...t.chats,[e]:{...o,...n(o)}}}}var ot=({chats:t})=>Object.values(t).flatMap(e=>e.pending).filter(e=>!e.error&&!e.accepted).length;function jl(t,{room_id:e,room:n,messages:o,members:s,presence:r,active_runs:i}){let a=o[0]?.seq,c=L(t,e,p=>{let m=p.messages.some(h=>h.seq>=a)||o.length<fr?p.messages.filter(h=>h.seq<a):[],f=m.length?p.older:o.length>=fr?a:null;return{messages:Gt(m,o),pending:p.pending.filter(h=>!h.accepted),older:f,loading:!1,error:null,members:s??n?.members??p.members,presence:r??{},typing:{}}}),d=Object.entries(t.runs).filter(([,p])=>p.room_id!==e),u=Object.fromEntries(d);for(let p of i)u[p.run_id]={steps:[],...t.runs[p.run_id],...p,room_id:e,status:"running"};return{...c,runs:u}}function Gt(t,e){return[...new Map([...t,...e].map(o=>[o.message_id,o])).values()].sort((o,s)=>o.seq-s.seq)}function Bn(t,e){return L(t,e.room_id,n=>{let o=n.messages.find(c=>c.message_id===e.message_id);if(!o&&n.older!==null&&e.seq<n.older)return{};let r=e.author.id===t.user?.id&&!o?n.pending.findIndex(c=>!c.error&&c.text===e.text):-1,i={...n.shown};!o&&e.author.kind==="assistant"&&delete i[e.parent_id];let a=o?.detail&&!e.deleted_at?{detail:o.detail}:{};return{messages:Gt(n.messages,[{...e,...a}]),pending:r<0?n.pending:n.pending.filter((c,d)=>d!==r),shown:i,members:Ul(n.members,e.author.id,e.seq)}})}var Ul=(t,e,n)=>t?.map(o=>o.id===e&&(o.read_seq??0)<n?{...o,read_seq:n}:o)??null;function Hl(t,{message_id:e,room_id:n,user_id:o,value:s,comment:r}){return L(t,n,i=>({messages:i.messages.map(a=>{if(a.message_id!==e)return a;let{[o]:c,...d}=a.feedback??{};return s&&(d[o]={value:s,...r&&{comment:r}}),{...a,feedback:d}})}))}function zn(t,e){if(e.status!=="running")return nt(t,e);let n=t.runs[e.run_id],o=n?.parts?.length?n.parts:e.parts??[];return{...t,runs:{...t.runs,[e.run_id]:{...n,...e,parts:o}}}}function nt(t,e){let n={...t.runs};delete n[e.run_id];let o={steps:e.steps,parts:e.parts,usage:e.usage,timings:e.timings};return{...L(t,e.room_id,r=>({messages:r.messages.map(i=>i.message_id===e.message_id?{...i,detail:o}:i)})),runs:n}}function Fl(t,e){let n=t.rooms?.filter(i=>i.room_id!==e)??null,o=Object.fromEntries(Object.entries(t.runs).filter(([,i])=>i.room_id!==e)),s={...hr,loading:!1,error:{kind:"not_found"}},r=t.panel?.kind==="members"&&t.roomId===e?null:t.panel;return{...t,rooms:n,runs:o,panel:r,chats:{...t.chats,[e]:s}}}function Bl(t,e,n,o){let s=t.chats[e].pending.find(i=>i.id===o),r=L(t,e,i=>({pending:i.pending.filter(a=>a!==s)}));return L(r,n,i=>({pending:[...i.pending,s],loading:!1}))}function zl(t,e,n,o){return L(t,e,({pending:s,messages:r})=>{let i=s.find(c=>c.id===n);return r.some(c=>i&&c.seq>=o-2&&c.text===i.text)?{pending:s.filter(c=>c!==i)}:{pending:s.map(c=>c===i?{...c,accepted:!0}:c)}})}var Kl={directory:null,invitations:null,keys:{}},Yl={directory:(t,{users:e})=>({...t,directory:e.map($r)}),"directory.put":(t,{user:e})=>({...t,directory:t.directory&&Vt("id",t.directory,$r(e))}),"directory.gone":(t,{userId:e})=>({...t,directory:t.directory?.filter(n=>n.id!==e)??null}),invitations:(t,{invitations:e})=>({...t,invitations:e}),"invitation.put":(t,{invitation:e})=>({...t,invitations:t.invitations&&Vt("invitation_id",t.invitations,e)}),"invitation.gone":(t,{id:e})=>({...t,invitations:t.invitations?.filter(n=>n.invitation_id!==e)??null}),keys:(t,{userId:e,keys:n})=>({...t,keys:{...t.keys,[e]:n}}),"key.put":(t,{key:e})=>br(t,e.user_id,n=>Vt("key_id",n,e)),"key.gone":(t,{userId:e,keyId:n})=>br(t,e,o=>o.filter(s=>s.key_id!==n)),"typing.lapsed":(t,{roomId:e,userId:n})=>gr(t,e,n)},Gl={"member.joined":(t,e,{stream:n})=>yr(t,e,n),"member.changed":(t,e,{stream:n})=>yr(t,e,n),"member.left":(t,{id:e},{stream:n})=>L(t,$e(n),o=>{let{[e]:s,...r}=o.presence;return{members:o.members?.filter(i=>i.id!==e)??null,presence:r}})},Vl={presence:(t,{stream:e,data:n})=>L(t,$e(e),o=>{let s={...o.presence,...n.joined};for(let r of n.left)delete s[r];return{presence:s}}),typing:(t,{stream:e,data:{user:n,typing:o}})=>n.id===t.user?.id?t:o?L(t,$e(e),s=>({typing:{...s.typing,[n.id]:n.name}})):gr(t,$e(e),n.id)},$e=t=>t.slice(5),ye=(t,e)=>t?.[e]?.status??"offline",$r=t=>({status:"active",...t});function gr(t,e,n){return t.chats[e]?.typing[n]?L(t,e,({typing:{[n]:o,...s}})=>({typing:s})):t}function yr(t,e,n){return L(t,$e(n),o=>({members:Vt("id",o.members??[],e)}))}var br=(t,e,n)=>({...t,keys:{...t.keys,[e]:n(t.keys[e]??[])}});function Vt(t,e,n){return e.some(s=>s[t]===n[t])?e.map(s=>s[t]===n[t]?n:s):[...e,n]}function _r({state:t,actions:e}){let{rooms:n,roomId:o,view:s,visible:r,drafts:i}=t;if(!n)return l`<p class="sidebar-empty">Loading your conversations…</p>`;if(!n.length)return l`<p class="sidebar-empty">Nothing here yet. ${!t.user||z(t.user)?"Ask a question, and the conversation is kept here.":"The rooms that you are invited to will be here."}</p>`;let a=s.name==="chat"?o:null,c=n.some(d=>d.room_id===a)?a:n[0].room_id;return l`
    <nav class="rooms" aria-label="Your conversations">
      <ul onKeyDown=${d=>pe(d,".room-link")}>
        ${n.map(d=>l`<${Xl} key=${d.room_id} room=${d} me=${t.user?.id}
          open=${d.room_id===a} seen=${r} first=${d.room_id===c}
          draft=${d.room_id!==a&&!!i[d.room_id]?.text}
          actions=${e} />`)}
      </ul>
    </nav>
  `}function Xl({room:t,open:e,seen:n,first:o,draft:s,actions:r}){let{room_id:i,name:a,unread:c}=t,d=B(t),u=Gn(t,r),p=f=>{let h={F2:u.rename,Delete:u.remove??u.leave}[f.key];h&&(f.preventDefault(),h())},$=o?0:-1,m=c>0&&!(e&&n);return l`
    <li class="room" data-open=${e} data-unread=${m}>
      <a class="room-link" href=${ne(i)} tabindex=${$} aria-current=${e?"page":null}
        title=${a} onKeyDown=${p} onClick=${()=>r.openDrawer(!1)}>
        ${d&&l`<span class="room-kind" title=${j(t.members.length,"member")}><${w}
          name="people" size=${16} /><span class="visually-hidden">Shared room: </span></span>`}
        <span class="room-name">${a||"Untitled"}</span>
        ${s&&l`<span class="room-draft"
          title="You have begun to write here"><${w} name="pencil" size=${14} /><span
          class="visually-hidden"> (draft)</span></span>`}
        ${m&&l`<span class="unread"><span aria-hidden="true">${c>99?"99+":c}</span><span
          class="visually-hidden"> ${c} unread</span></span>`}
      </a>
      <span class="room-buttons"><${ee} label=${`What to do with ${a}`} tabindex=${$}
        items=${u.items} /></span>
    </li>
  `}function Gn(t,e){let{room_id:n,name:o}=t,s=Ze(t),r=s&&(()=>e.openDialog({kind:"prompt",title:"Rename conversation",label:"Name",value:o,verb:"Rename",onConfirm:d=>e.rename(n,d)})),i=s&&(()=>e.openDialog({title:"Delete this conversation?",text:B(t)?`\u201C${o}\u201D and all that was said in it will be gone for all its ${t.members.length} members, for good.`:`\u201C${o}\u201D and all its answers will be gone for good. Your documents stay.`,verb:"Delete",onConfirm:()=>e.removeRoom(n)})),a=B(t)&&(()=>e.openDialog({title:"Leave this room?",text:`You will no longer see \u201C${o}\u201D, until somebody invites you again.`,verb:"Leave",onConfirm:()=>e.leaveRoom(n)}));return{rename:r||void 0,remove:i||void 0,leave:a||void 0,items:[r&&{text:"Rename",icon:"pencil",act:r},a&&{text:"Leave",icon:"out",act:a},i&&{text:"Delete",icon:"trash",danger:!0,act:i}]}}var wr={online:0,away:1,offline:2},vr=us.map(t=>({value:t,text:Se[t]})),Jl=20;function kr({state:t,actions:e,modal:n}){let o=t.rooms?.find(c=>c.room_id===t.roomId);if(!o)return null;let s=t.chats[o.room_id],r=Ql(s?.members??o.members,s?.presence),i=Ze(o),a=Gn(o,e);return l`
    <${We} title="Members" modal=${n} onClose=${()=>e.openPanel(null)}>
      ${i&&l`<${tc} state=${t} room=${o} members=${r}
        actions=${e} />`}
      <h3 class="panel-title">${j(r.length,"member")}</h3>
      <ul class="members" aria-label="Members">
        ${r.map(c=>l`<${ec} key=${c.id} member=${c} room=${o}
          me=${t.user?.id} status=${ye(s?.presence,c.id)} manages=${i}
          actions=${e} />`)}
      </ul>
      <div class="panel-foot">
        ${a.rename&&l`<button type="button" class="button" onClick=${a.rename}><${w}
          name="pencil" size=${16} /> Rename</button>`}
        ${a.leave&&l`<button type="button" class="button" onClick=${a.leave}><${w}
          name="out" size=${16} /> Leave</button>`}
        ${a.remove&&l`<button type="button" class="button danger-text" 
          onClick=${a.remove}><${w} name="trash" size=${16} /> Delete</button>`}
      </div>
    <//>
  `}var Ql=(t,e)=>[...t].sort((n,o)=>wr[ye(e,n.id)]-wr[ye(e,o.id)]||n.name.localeCompare(o.name)),Zl={online:"Online",away:"Away",offline:"Not here"};function ec({member:t,room:e,me:n,status:o,manages:s,actions:r}){let{id:i,name:a,role:c}=t,d=i===n,u=()=>r.openDialog({title:`Remove ${a}?`,text:`${a} will no longer see this room, from now on. What they wrote stays.`,verb:"Remove",onConfirm:()=>r.removeMember(e.room_id,i)});return l`
    <li class="member" data-user=${a}>
      <${K} id=${i} name=${a} status=${o} />
      <span class="member-text"><span class="member-name" title=${a}>${a}${d&&l` <span
        class="muted">(you)</span>`}</span>
        <span class="muted">${Zl[o]}</span></span>
      ${s?l`<${q} quiet label=${`Role of ${a}`} value=${c} options=${vr}
            onPick=${p=>r.changeRole(e.room_id,i,p)} />`:l`<span class="muted">${Se[c]}</span>`}
      ${s&&!d&&l`<${ee} label=${`More about ${a}`}
        items=${[{text:"Remove from the room",icon:"trash",danger:!0,act:u}]} />`}
    </li>
  `}function tc({state:t,room:e,members:n,actions:o}){let[s,r]=g(""),[i,a]=g("member"),c=ms(t.user);E(()=>{c&&o.loadDirectory().catch(o.fail)},[c]);let d=new Set(n.map(h=>h.id)),u=s.trim().toLowerCase(),p=(t.directory??[]).filter(h=>!d.has(h.id)&&h.status==="active"),$=p.filter(h=>h.name.toLowerCase().includes(u)),m=h=>{r(""),o.addMember(e.room_id,h.id,i)},f=u||p.length<=5;return l`
    <section class="invite" aria-label="Invite people">
      ${c&&l`<div class="invite-row">
        <label class="field grow"><span>Add somebody</span>
          <input type="search" value=${s} placeholder="Name" autocomplete="off"
            onInput=${h=>r(h.target.value)} /></label>
        <${q} label="as" value=${i} options=${vr} onPick=${a} />
      </div>
      ${f&&l`<ul class="members found" aria-label="People on this server">
        ${$.slice(0,Jl).map(h=>l`<li class="member" key=${h.id}>
          <${K} id=${h.id} name=${h.name} />
          <span class="member-text member-name">${h.name}</span>
          <button type="button" class="button" aria-label=${`Add ${h.name}`}
            onClick=${()=>m(h)}><${w} name="plus" size=${16} /> Add</button>
        </li>`)}
      </ul>`}
      ${t.directory&&u&&!$.length&&l`<p class="muted" role="status">Nobody of this name, or they are here already.</p>`}`}
      ${Pn(t.user)&&l`<button type="button" class="button"
        onClick=${()=>o.openDialog({kind:"room-link",room:e})}><${w} name="link" size=${16}
        /> Invite by link</button>`}
    </section>
  `}var nc=/\*\*|__|`+|^#{1,6} |^> /gm;function Sr(t,e){let n=t.replace(nc,"").replace(/\s+/g," ").trim(),o=xr(e).split(/[^\p{L}\p{N}]+/u).filter(Boolean),s=o.length?new RegExp(`(?<![\\p{L}\\p{N}])(?:${o.join("|")})`,"giu"):null,r=xr(n),i=s&&r.length===n.length?[...r.matchAll(s)]:[],a=Math.max(0,(i[0]?.index??0)-60),c=a===0?0:n.indexOf(" ",a)+1||a,d=Math.min(n.length,c+240),u=[],p=(m,f)=>m&&u.push({text:m,hit:f}),$=c;for(let{index:m,0:{length:f}}of i)m<$||m+f>d||(p(n.slice($,m),!1),p(n.slice(m,m+f),!0),$=m+f);return p(n.slice($,d),!1),c>0&&u.unshift({text:"\u2026",hit:!1}),d<n.length&&u.push({text:"\u2026",hit:!1}),u}var xr=t=>t.normalize("NFD").replace(/\p{M}/gu,"").toLowerCase();function Cr({state:t,actions:e}){let{search:n,rooms:o,roomId:s}=t,r=M(),i=e.closeSearch,a=o?.find(d=>d.room_id===s);return l`
    <${H} label="Search" className="search" onClose=${i}>
      <div ref=${r} onKeyDown=${d=>{let u=r.current.querySelector(".result");d.key==="ArrowDown"&&d.target.matches("[role=searchbox]")&&u?(d.preventDefault(),u.focus()):pe(d,".result")}}>
        <div class="search-head">
          <${w} name="search" />
          <input role="searchbox" enterkeyhint="search" data-focus value=${n.query} placeholder="Search messages"
            aria-label="Search messages" autocomplete="off" spellcheck=${!1}
            onInput=${d=>e.find(d.target.value,n.roomId)} />
          <button type="button" class="icon-button" aria-label="Close" onClick=${i}><${w}
            name="close" /></button>
        </div>
        ${a&&l`<label class="check"><input type="checkbox" checked=${n.roomId===s}
          onChange=${d=>e.find(n.query,d.target.checked?s:null)} />
          Only in “${a.name}”</label>`}
        <${oc} search=${n} rooms=${o} onPick=${i} onMore=${e.findMore} />
      </div>
    <//>
  `}function oc({search:t,rooms:e,onPick:n,onMore:o}){let{results:s,next:r,busy:i,error:a,query:c}=t;if(a)return l`<p class="problem" role="alert">${O(a).message}</p>`;if(!c.trim()||s===null)return l`<p class="search-note muted" role="status">${i?"Searching\u2026":"Words that are in the message; the last may be a beginning."}</p>`;let d=s.length?`${s.length}${r?" and more":""} found`:`Nothing found for \u201C${c.trim()}\u201D.`;return l`
    <p class=${s.length?"visually-hidden":"search-note muted"} role="status">${d}</p>
    <ul class="results" aria-label="Results">
      ${s.map(u=>l`<li key=${u.message_id}>
        <a class="result" href=${ne(u.room_id,u.message_id)} onClick=${n}>
          <span class="result-head"><strong>${u.author.kind==="assistant"?"Assistant":u.author.name}</strong>
            <span class="muted">${sc(e,u.room_id)}</span>
            <time class="muted" datetime=${u.created_at}>${me(u.created_at)}</time></span>
          <span class="result-text">${Sr(u.text,c).map(p=>p.hit?l`<mark>${p.text}</mark>`:p.text)}</span>
        </a></li>`)}
      ${r&&l`<li><button type="button" class="button wide" onClick=${o}>Show more</button></li>`}
    </ul>
  `}var sc=(t,e)=>t?.find(n=>n.room_id===e)?.name??"";function Mr({connection:t,queued:e,onRetry:n}){let{status:o,transport:s,retryAt:r}=t,[i,a]=g(Date.now()),[c,d]=g(!0);if(E(()=>{d(!0);let p=setTimeout(()=>d(!1),700),$=setInterval(()=>a(Date.now()),500);return()=>{clearTimeout(p),clearInterval($)}},[o==="online"]),o==="online")return l`<${rc} transport=${s} patient=${c} />`;if(c)return l`<div class="status-area" role="status"></div>`;let u=Math.max(0,Math.ceil(((r??0)-i)/1e3));return l`
    <div class="status-area" role="status">
      <div class="status" data-status=${o}>
        <span><span class="dot" aria-hidden="true"></span> ${ic(o,e)}</span>
        ${o==="reconnecting"&&l`<span class="muted"
          aria-hidden="true">${u>0?`Trying again in ${u} s`:"Trying now"}</span>`}
        ${o==="reconnecting"&&l`<button type="button" class="link"
          onClick=${n}>Retry now</button>`}
        ${o==="failed"&&l`<button type="button" class="link"
          onClick=${()=>location.reload()}>Reload</button>`}
      </div>
    </div>
  `}function rc({transport:t,patient:e}){let[n,o]=g(!1);return l`<div class="status-area" role="status">${!e&&!n&&t&&t!=="websocket"&&l`<div class="status one-line" data-status="online">
      <span><span class="dot" aria-hidden="true"></span> WebSocket is blocked, using HTTP.
        <span class="muted"> Everything works, a little slower.</span></span>
      <button type="button" class="icon-button small" aria-label="Dismiss"
        onClick=${()=>o(!0)}><${w} name="close" size=${16} /></button>
    </div>`}</div>`}function ic(t,e){return t==="connecting"||t==="idle"?"Connecting\u2026":t==="failed"?"The server and this page do not understand each other.":t==="forbidden"?"You are not allowed to use this server from here.":t==="closed"?"Logged out.":`Connection lost. ${e?`${j(e,"message")} will be sent later.`:"What you send waits."}`}function Er({status:t,transport:e},n){return t==="online"?e==="websocket"?"Online":"Online, over HTTP":t==="connecting"||t==="idle"?"Connecting\u2026":n?`Offline, ${n} waiting`:"Offline"}var ac=/mac|iphone|ipad/i.test(navigator.platform)?"\u2318 K":"Ctrl K";function Ar({state:t,actions:e,modal:n}){let{user:o,documents:s}=t,r=()=>e.openDrawer(!1),i=M();A(()=>{if(!n)return;let c=document.activeElement;return i.current.querySelector("a, button")?.focus(),()=>document.activeElement===document.body&&c?.focus()},[n]);let a=()=>e.openPanel(t.panel?.kind==="documents"?null:{kind:"documents"});return l`
    <aside class="sidebar" ref=${i} aria-label="Conversations" data-open=${n}>
      <div class="sidebar-head">
        <${te} />
        <span class="brand">BasicChat</span>
        ${n&&l`<${Y} icon="close" label="Close the menu" onClick=${r} />`}
      </div>
      ${z(o)&&l`<a class="sidebar-action" href="#" onClick=${r}><${w} name="plus" /> New chat</a>
        <button type="button" class="sidebar-action" onClick=${()=>lc(e)}><${w}
          name="people" /> New room</button>`}
      <button type="button" class="sidebar-action" onClick=${()=>e.openSearch()}><${w}
        name="search" /> Search <kbd class="count with-mouse">${ac}</kbd></button>
      ${ce(o)&&l`<button type="button" class="sidebar-action"
        aria-expanded=${t.panel?.kind==="documents"} onClick=${a}>
        <${w} name="files" /> Documents
        ${s?.length>0&&l`<span class="count">${s.length}</span>`}
      </button>`}
      <h2 class="sidebar-title">Conversations</h2>
      <${_r} state=${t} actions=${e} />
      <${cc} state=${t} actions=${e} />
    </aside>
  `}function lc(t){t.openDialog({kind:"prompt",title:"New room",text:"A room is a conversation with other people. You can invite them as soon as it is there.",label:"Name",value:"",verb:"Create",onConfirm:e=>t.createRoom(e).catch(t.fail)})}function cc({state:t,actions:e}){let{connection:n,provider:o,user:s}=t,r=ot(t);return l`
    <div class="sidebar-foot">
      ${s&&l`<${uc} user=${s} actions=${e} />`}
      <div class="foot-row">
        <div class="foot-lines">
          <span class="foot-line"><span class="dot" data-status=${n.status}
            aria-hidden="true"></span>${Er(n,r)}</span>
          ${o&&l`<span class="foot-line muted"
            title=${o.model}>${pc(o)}</span>`}
        </div>
        <${dc} />
      </div>
    </div>
  `}function uc({user:t,actions:e}){let n=s=>()=>{e.openDrawer(!1),location.hash=s},o=[{text:"Your account",icon:"user",act:n(So)},{text:"Connect other programs",icon:"link",act:n(Co)},ue(t)&&{text:"Administration",icon:"shield",act:n(St())},{text:"Log out",icon:"out",act:()=>e.logOut().catch(e.fail)}];return l`<${ee} class="person" label="Account and settings" items=${o}>
    <${K} id=${t.id} name=${t.name} />
    <span class="person-text"><span class="person-name">${t.name}</span>
      <span class="muted">${J[t.role]}</span></span>
    <span class="visually-hidden">Account and settings</span>
    <${w} name="more" size=${18} />
  <//>`}function dc(){let[t,e]=g(document.documentElement.dataset.theme),n=t==="dark"?"light":"dark",o=()=>{try{localStorage.setItem("basicchat.theme",n)}catch{}document.dispatchEvent(new Event("basicchat:theme")),document.documentElement.dataset.theme=n,e(n)};return l`<${Y} icon=${t==="dark"?"sun":"moon"}
    label=${`Use the ${n} theme`} onClick=${o} />`}var mc={ollama:"Ollama",openai_compatible:"OpenAI-compatible server",llamacpp:"llama.cpp",extractive:"Quotes only, no model"},pc=({name:t})=>mc[t]??t;var Tr=2e3,Vn=8e3;function Or({panel:t,actions:e,modal:n}){let{citation:o,citations:s}=t,r=o?.document_id??t.document.document_id,i=o?.title??t.document.title,a=l`<a class="icon-button"
    href=${`api/documents/${encodeURIComponent(r)}/content`} download
    aria-label="Download the original" title="Download the original"><${w} name="download"
    /></a>`,c=()=>e.openPanel({kind:"documents"});return l`
    <${We} title=${i} modal=${n} tools=${a}
      onClose=${()=>e.openPanel(o?null:{kind:"documents"})}>
      ${o&&l`<${fc} citations=${s} current=${o}
        onPick=${d=>e.openPanel({...t,citation:d})} />`}
      ${!o&&l`<button type="button" class="link back" onClick=${c}><${w}
        name="left" size=${16} /> All documents</button>`}
      <${$c} key=${`${r}:${o?.start}`} id=${r} citation=${o} actions=${e} />
    <//>
  `}function fc({citations:t,current:e,onPick:n}){return l`
    <div class="switch" role="group" aria-label="Sources of this answer">
      <span class="switch-place">${Ie(e)||"Quoted here"}</span>
      ${t.length>1&&t.map(o=>l`<button key=${`${o.n}:${o.start}`} type="button"
        class="cite" aria-pressed=${o===e} aria-label=${`Source ${o.n}: ${o.title}`}
        onClick=${()=>n(o)}>${o.n}</button>`)}
    </div>
  `}function hc({problem:t,quote:e}){let{message:n,hint:o}=O(t.kind==="not_found"?{message:"This document is no longer here",hint:"It was deleted after this answer."}:t);return l`
    <p class="problem" role="alert">${n} ${o}</p>
    ${e&&l`<blockquote
      class="quote">${e}<footer>Quoted in the answer</footer></blockquote>`}
  `}function $c({id:t,citation:e,actions:n}){let[o,s]=g(()=>({start:Math.max(0,(e?.start??0)-Tr),end:(e?.end??Vn)+Tr})),[r,i]=g(null),[a,c]=g(null),d=M();if(E(()=>{let k=!1,v=_=>!k&&i(_);return n.readDocument(t,o.start,o.end).then(v,_=>!k&&c(_)),()=>k=!0},[o]),A(()=>d.current?.scrollIntoView({block:"center"}),[r===null]),a)return l`<${hc} problem=${a} quote=${e?.quote} />`;if(!r)return l`<p class="waiting">Opening the document…</p>`;let{text:u,text_start:p,text_end:$}=r,[m,f,h]=e?$s(u,p,e.start,e.end):[u,"",""],y=$<(r.characters??0);return l`
    ${p>0&&l`<button type="button" class="button older"
      onClick=${()=>s({start:Math.max(0,p-Vn),end:$})}>Show what comes before</button>`}
    <div
      class="source-text">${m}${f&&l`<mark ref=${d} tabindex="-1">${f}</mark>`}${h}</div>
    ${y&&l`<button type="button" class="button older"
      onClick=${()=>s({start:p,end:$+Vn})}>Show what follows</button>`}
  `}var yc=4,bc={account:"Your account",admin:"Administration",connect:"Connect other programs"};function Dr({state:t,actions:e,drawer:n}){let{view:o,panel:s,roomId:r,user:i}=t,a=o.name==="chat"?t.rooms?.find(u=>u.room_id===r):null,c=bc[o.name]??a?.name??(!i||z(i)?"New chat":"BasicChat"),d=u=>()=>e.openPanel(s?.kind===u?null:{kind:u});return l`
    <header class="topbar" data-plain=${!a}>
      <${Y} icon="menu" label="Open the menu" class="icon-button narrow"
        aria-expanded=${n} onClick=${()=>e.openDrawer(!0)} />
      <span class="topbar-title">${c}</span>
      ${a&&l`<${gc} room=${a} chat=${t.chats[r]}
        open=${s?.kind==="members"} onClick=${d("members")} />
        <${Y} icon="search" label="Search in this conversation"
          class="icon-button wide-only" onClick=${()=>e.openSearch(r)} />`}
      ${ce(i)&&l`<${Y} icon="files" label="Documents" class="icon-button narrow"
        aria-expanded=${s?.kind==="documents"} onClick=${d("documents")} />`}
    </header>
  `}function gc({room:t,chat:e,open:n,onClick:o}){if(!B(t))return l`<button type="button" class="members-button" aria-expanded=${n}
      onClick=${o}><${w} name="people" size=${18} /> <span class="wide-only">Invite</span><span
      class="visually-hidden narrow">Invite people</span></button>`;let s=e?.members??t.members,r=s.filter(a=>ye(e?.presence,a.id)!=="offline"),i=[...r,...s.filter(a=>!r.includes(a))].slice(0,yc);return l`<button type="button" class="members-button" aria-expanded=${n} title="Members"
    onClick=${o}>
    <span class="visually-hidden">Members: ${s.length}, ${r.length} here</span>
    <span class="faces wide-only">${i.map(a=>l`<${K} key=${a.id} id=${a.id} name=${a.name} size="small"
      status=${ye(e?.presence,a.id)} />`)}</span>
    <${w} name="people" size=${18} /> <span aria-hidden="true">${s.length}</span>
  </button>`}function Xn(t){let[e,n]=g(()=>matchMedia(t).matches);return E(()=>{let o=matchMedia(t),s=()=>n(o.matches);return o.addEventListener("change",s),()=>o.removeEventListener("change",s)},[t]),e}function Rr({panel:t,runs:e,roomId:n,rooms:o,locked:s},r,i){let d=(o?.find(u=>u.room_id===n)?.members?.length??1)<2&&Object.values(e).find(u=>u.room_id===n);A(()=>{let u=p=>{if(!(s||p.defaultPrevented||document.querySelector("dialog[open]"))){if((p.ctrlKey||p.metaKey)&&p.key.toLowerCase()==="k")return p.preventDefault(),r.openSearch();p.key==="Escape"&&(i?r.openDrawer(!1):t?r.openPanel(null):d&&r.stop(d.run_id))}};return addEventListener("keydown",u),()=>removeEventListener("keydown",u)},[t,i,d?.run_id,s])}function Lr(t,e){let[n,o]=g(!1);return E(()=>{let s=0,r=c=>c.dataTransfer?.types.includes("Files"),a=Object.entries({dragenter:()=>o(++s>0),dragleave:()=>o(--s>0),dragover:()=>{},drop:async c=>{s=0,o(!1),t.openPanel({kind:"documents"}),e.add(await Ps(c.dataTransfer))}}).map(([c,d])=>{let u=p=>{r(p)&&(p.preventDefault(),d(p))};return addEventListener(c,u),[c,u]});return()=>a.forEach(([c,d])=>removeEventListener(c,d))},[]),n}var _c=["pointerdown","pointermove","keydown","wheel","touchstart"];function Pr(t,e){let n="online",o=null,s=()=>document.visibilityState==="visible";function r(d){d===n||e.state.status!=="online"||(n=d,e.call("presence.set",{status:d}).catch(()=>n=null))}function i(d){clearTimeout(o),o=setTimeout(()=>r("away"),d)}function a(){s()&&(r("online"),i(3e5))}function c(){t.dispatch({type:"visible",visible:s()}),s()?a():i(3e3)}for(let d of _c)addEventListener(d,a,{passive:!0});document.addEventListener("visibilitychange",c),e.on("state",({status:d})=>{d==="online"&&(n="online",s()||i(3e3))}),c()}var wc=200,vc=6*36e5,kc=8e3;function Ir(t,{onOnline:e}){let n=new Be({url:new URL(".",location.href).href,name:"web"}),o=t.dispatch,s=new Set,r=!0;function i(){let _=Object.fromEntries([...s].map(b=>[b,n.parts(b)]));s.clear(),o({type:"text",texts:_})}function a({run:_}){s.size||requestAnimationFrame(i),s.add(_),t.get().runs[_]||d(_)}let c=new Set;async function d(_){if(!c.has(_)){c.add(_);try{o({type:"run",run:await n.call("runs.get",{run_id:_})})}catch{}finally{c.delete(_)}}}async function u(){let{rooms:_,drafts:b={}}=await n.call("rooms.list");o({type:"rooms",rooms:_}),o({type:"drafts.known",drafts:b})}async function p(){let _=[];for(let b;;){let S=await n.call("documents.list",{limit:wc,...b&&{after:b}});if(_=_.concat(S.documents),b=S.next,!b)break}o({type:"documents",documents:_})}async function $(){let[_,{modes:b}]=await Promise.all([n.call("models.list"),n.call("modes.list")]);o({type:"catalogue",models:_.models,provider:_.provider??null,modes:b})}async function m(){let _={"X-BasicChat":"1",...n.authorization()};try{await fetch("api/renew",{method:"POST",headers:_})}catch{}setTimeout(m,vc)}let f=(_,b)=>b().catch(S=>o({type:"notice",notice:{error:S,name:_}}));function h(){f("your conversations",u),ce(t.get().user)&&f("your documents",p),f("the models",$)}n.on("state",_=>{o({type:"connection",state:_}),_.status==="online"&&(o({type:"limits",limits:n.limits}),r?(h(),m()):f("the models",$),r=!1,e())}),n.on("stale",({stream:_})=>{_.startsWith("user:")&&h()}),n.on("snapshot",_=>{o({type:"snapshot",..._}),"draft"in _&&o({type:"draft.known",roomId:_.room_id,text:_.draft});for(let b of _.active_runs)b.message_id||d(b.run_id)}),n.on("event",_=>{v(_),o({type:"event",event:_})}),n.on("delta",a),n.on("signal",_=>{o({type:"signal",signal:_}),_.type==="typing"&&k($e(_.stream),_.data)});let y=new Map;function k(_,{user:b,typing:S}){let C=`${_} ${b.id}`;if(clearTimeout(y.get(C)),y.delete(C),!S)return;let x=()=>{y.delete(C),o({type:"typing.lapsed",roomId:_,userId:b.id})};y.set(C,setTimeout(x,kc))}function v(_){s.size&&_.type.startsWith("run.")&&i()}return{client:n,refreshAll:h}}var Jn={};ge(Jn,{actions:()=>Sc,events:()=>Cc,initial:()=>xc});var xc={documents:null,tasks:{},uploads:[]},Sc={documents:(t,{documents:e})=>({...t,documents:e}),"upload.added":(t,{uploads:e})=>({...t,uploads:[...e,...t.uploads]}),"upload.changed":(t,{id:e,change:n})=>({...t,uploads:t.uploads.map(o=>o.id===e?{...o,...n}:o)}),"upload.gone":(t,{id:e})=>({...t,uploads:t.uploads.filter(n=>n.id!==e)})},Cc={"document.added":(t,e)=>Nr(t,e),"document.updated":(t,e)=>Nr(t,e),"document.removed":(t,{document_id:e})=>({...t,documents:t.documents?.filter(n=>n.document_id!==e)??null}),"task.updated":(t,e)=>({...t,tasks:{...t.tasks,[e.task_id]:e}})};function Nr(t,e){let o=t.documents?.some(r=>r.document_id===e.document_id)?t.documents.map(r=>r.document_id===e.document_id?{...r,...e}:r):[e,...t.documents??[]],s=t.uploads.filter(r=>r.documentId!==e.document_id);return{...t,documents:o,uploads:s}}var Zn={};ge(Zn,{actions:()=>Ac,initial:()=>Mc});var Mc={search:null},Ec={query:"",roomId:null,results:null,next:null,busy:!1,error:null},Ac={"search.open":(t,{roomId:e=null})=>({...t,search:{...Ec,roomId:e},drawer:!1}),"search.close":t=>({...t,search:null}),"search.asked":(t,{query:e,roomId:n})=>Xt(t,{query:e,roomId:n,busy:!!e.trim(),error:null}),"search.found":(t,{query:e,roomId:n,messages:o,next:s=null})=>Qn(t,e,n)?Xt(t,{results:o,next:s,busy:!1}):t,"search.more":(t,{query:e,roomId:n,before:o,messages:s,next:r=null})=>Qn(t,e,n)&&t.search.next===o?Xt(t,{results:[...t.search.results,...s],next:r}):t,"search.failed":(t,{query:e,roomId:n,error:o})=>Qn(t,e,n)?Xt(t,{error:o,busy:!1}):t},Qn=({search:t},e,n)=>t!==null&&t.query===e&&t.roomId===n,Xt=(t,e)=>t.search?{...t,search:{...t.search,...e}}:t;var Jt=[fn,gn,Kn,Jn,hn,Yn,Zn],eo=Object.assign({},...Jt.map(t=>t.initial)),Tc={...Object.assign({},...Jt.map(t=>t.actions)),event:(t,{event:e})=>Wr(t,Oc[e.type],e.data,e),signal:(t,{signal:e})=>Wr(t,Dc[e.type],e)},Oc=Object.assign({},...Jt.map(t=>t.events)),Dc=Object.assign({},...Jt.map(t=>t.signals)),Wr=(t,e,...n)=>e?.(t,...n)??t;function qr(t,e){return Tc[e.type](t,e)}function jr(t,e){let n=e,o=new Set;return{get:()=>n,dispatch(s){let r=t(n,s);if(r!==n){n=r;for(let i of o)i(n)}},subscribe(s){return o.add(s),()=>o.delete(s)}}}var Ae=jr(qr,{...eo,chosen:{...eo.chosen,...xt("basicchat.chosen",{})}}),{client:st}=Ir(Ae,{onOnline:()=>N.keepAll()}),N=Io(Ae,st),to=Ls(Ae,st);st.on("restored",N.restored);var Rc=1500,Lc={documents:dr,source:Or,members:kr},Pc={account:xs,admin:Ms,connect:tr};function Ic(){let[t,e]=g(Ae.get());A(()=>Ae.subscribe(e),[]);let n=Xn("(max-width: 760px)"),o=Xn("(max-width: 1080px)"),s=Lr(N,to),r=n&&t.drawer,i=Nc(t),a=X(()=>({side:l`<${Ar} state=${i} actions=${N} modal=${r} />`,top:l`<${Dr} state=${i} actions=${N} drawer=${r} />`}),[i,r]);if(Wc(t),Rr(t,N,r),t.locked)return l`<${pr} state=${t} actions=${N} />`;let c=o&&t.panel!==null,d=Lc[t.panel?.kind],u=Pc[t.view.name]??Zs;return l`
    <a class="skip" href="#main" onClick=${qc}>Skip to the conversation</a>
    <div class="app" data-drawer=${r}>
      <div class="side" inert=${n&&!r||c}>${a.side}</div>
      ${r&&l`<div class="scrim" onClick=${()=>N.openDrawer(!1)}></div>`}
      <main id="main" class="main" tabindex="-1" inert=${r||c}>
        ${a.top}
        <${Mr} connection=${t.connection} queued=${ot(t)}
          onRetry=${N.retryNow} />
        <${tt} key=${t.view.name} what="This view"><${u} state=${t} actions=${N}
          uploads=${to} /><//>
      </main>
      ${d&&l`<${d} key=${t.panel.kind} state=${t} panel=${t.panel}
        actions=${N} uploads=${to} modal=${c} />`}
    </div>
    ${s&&l`<div class="drop-overlay"><div><${w} name="upload" size=${32}
      /><p>Drop to add to your documents</p></div></div>`}
    ${t.search&&l`<${Cr} state=${t} actions=${N} />`}
    ${(t.dialog||t.invitation&&t.user)&&l`<${ur} state=${t} actions=${N} />`}
    <${_s} notice=${t.notice} words=${O}
      onClose=${()=>Ae.dispatch({type:"notice",notice:null})} />
  `}function Nc(t){let e=M(t);return Object.keys(t).some(o=>o!=="runs"&&t[o]!==e.current[o])&&(e.current=t),e.current}function Wc({rooms:t,roomId:e,view:n}){let o=n.name==="chat"&&t?.find(i=>i.room_id===e),s=yn(t),r=`${s?`(${s}) `:""}${o?`${o.name} \xB7 `:""}BasicChat`;E(()=>{document.title=r},[r])}function qc(t){t.preventDefault(),document.getElementById("main").focus()}function Ur(){let t=xo(location.hash);if(t.name==="chat")return N.open(t.roomId,t.messageId);if(t.name!=="invite")return N.showView(t);history.replaceState(null,"",location.pathname),N.lookAt(t.code)}addEventListener("hashchange",Ur);addEventListener("visibilitychange",()=>document.visibilityState==="visible"&&N.retryNow());En(l`<${tt} what="BasicChat"><${Ic} /><//>`,document.getElementById("app"));Pr(Ae,st);st.connect().catch(()=>{});N.resumeInvitation();Ur();setTimeout(Ne.fetch,Rc);

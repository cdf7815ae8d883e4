/*! BasicChat, Apache-2.0. With preact 11.2.0 (MIT); htm 3.1.1 (Apache-2.0); marked 18.2.1 (MIT); dompurify 3.4.18 ((MPL-2.0 OR Apache-2.0)); highlight.js 11.12.0 (BSD-3-Clause); temml 0.13.5 (MIT). See licences.txt */
import{isShared as Ot,t as H}from"./app.js";var J=({documents:t,user:e},l)=>(t??[]).filter(o=>(o.collection_id??e.id)===l);function A({user:t,collections:e,rooms:l},o){return o===t?.id?H(278):e?.find(n=>n.collection_id===o)?.name??l?.find(n=>n.room_id===o)?.name??""}function T({user:t,collections:e,rooms:l}){let o=(e??[]).map(({collection_id:n,name:a,role:r})=>({id:n,name:a,role:r}));return[{kind:"own",libraries:[{id:t.id,name:H(278),role:"owner"},...o.filter(n=>n.role==="owner")]},{kind:"shared",libraries:o.filter(n=>n.role!=="owner")},{kind:"rooms",libraries:(l??[]).filter(Ot).map(({room_id:n,name:a,role:r})=>({id:n,name:a,role:r==="viewer"?"viewer":"editor"}))}].filter(n=>n.libraries.length)}var X=t=>[...new Set(t.flatMap(e=>e.tags??[]))].sort((e,l)=>e.localeCompare(l)),B=t=>[...new Set(t.split(",").map(e=>e.trim()).filter(Boolean))],W={failed:0,indexing:1,queued:2,ready:3},V=(t,e)=>t.title.localeCompare(e.title,void 0,{numeric:!0}),Z={newest:(t,e)=>t.created_at<e.created_at?1:-1,oldest:(t,e)=>t.created_at<e.created_at?-1:1,name:V,size:(t,e)=>e.bytes-t.bytes,status:(t,e)=>W[t.status]-W[e.status]||V(t,e)},tt=Object.keys(Z),Y=t=>t.normalize("NFKD").replace(/\p{M}/gu,"").toLowerCase();function et(t,{query:e="",tag:l=null,order:o="newest"}){let s=Y(e).split(/\s+/).filter(Boolean),n=a=>{let r=Y([a.title,a.name,...a.tags??[]].filter(Boolean).join(" "));return s.every(u=>r.includes(u))};return t.filter(a=>(!l||a.tags?.includes(l))&&n(a)).sort(Z[o])}import{canEditLibrary as ge,canUpload as ye,describeError as he,html as C,Icon as xt,libraryRole as ve,Menu as ke,t as p,toLibrary as we,useEffect as xe,useMediaQuery as Ce,useState as G}from"./app.js";import{canUpload as jt,formatBytes as Gt,html as g,Icon as Kt,moveFocus as Qt,Select as Wt,t as v,Upload as Vt,useMemo as Yt,useRef as Ht,useState as R,variant as Jt}from"./app.js";import{canEditLibrary as It,html as E,Modal as ot,Select as Et,t as h,useState as nt}from"./app.js";function lt({kind:t,...e}){return E`<${t==="tags"?Rt:Tt} ...${e} />`}function Rt({documents:t,actions:e,close:l}){let o=t.length===1?t[0]:null,s=o?h(319):h(310),[n,a]=nt((o?.tags??[]).join(", "));return E`
<${ot} label=${s} onClose=${l}>
<form class="stack" onSubmit=${u=>{u.preventDefault(),l(),at(t,({document_id:c,tags:i=[]})=>e.changeDocument({document_id:c,tags:o?B(n):[...new Set([...i,...B(n)])]}))}}>
<h2>${s}</h2>
<p>${o?.title??h(295,{count:t.length})}</p>
<label class="field"><span>${h(320)}</span>
<input data-focus value=${n} maxlength="1000" autocomplete="off"
onInput=${u=>a(u.target.value)} />
<small class="muted">${h(322)}</small></label>
<${st} verb=${h(324)} close=${l} />
</form>
<//>
`}function Tt({documents:t,state:e,actions:l,close:o}){let s=t[0].collection_id??e.user.id,n=T(e).flatMap(({libraries:c})=>c).filter(({id:c,role:i})=>c!==s&&It(i)).map(({id:c,name:i})=>({value:c,text:i})),[a,r]=nt(n[0]?.value),u=c=>{c.preventDefault(),o(),at(t,({document_id:i})=>l.changeDocument({document_id:i,collection_id:a}))};return E`
<${ot} label=${h(326,{count:t.length})} onClose=${o}>
<form class="stack" onSubmit=${u}>
<h2>${h(326,{count:t.length})}</h2>
${n.length?E`<p>${h(328)}</p>
<${Et} label=${h(327)} value=${a} options=${n}
onPick=${r} data-focus />`:E`<p>${h(329)}</p>`}
<${st} verb=${h(325)} close=${o} disabled=${!n.length} />
</form>
<//>
`}async function at(t,e){for(let l of t)await e(l)}function st({verb:t,close:e,disabled:l=!1}){return E`<div class="modal-buttons">
<button type="button" class="button" onClick=${e}>${h(1)}</button>
<button class="button primary" disabled=${l}>${t}</button>
</div>`}import{html as rt,Icon as U,t as S}from"./app.js";function it({chosen:t,found:e,onSelect:l,actions:o,openDialog:s}){let n=t.length,a=()=>o.openDialog({title:S(312,{count:n}),text:S(313,{count:n}),verb:S(311,{count:n}),onConfirm:async()=>{for(let{document_id:c}of t)await o.deleteDocument(c)}}),r=n===e.length,u=()=>l(r?[]:e.map(c=>c.document_id));return rt`
<div class="selection" role="group" aria-label=${S(308)}>
<label class="check"><input type="checkbox" checked=${r} onChange=${u}
indeterminate=${n>0&&!r} /> <span>${S(307)}</span></label>
<span class="muted" role="status">${n>0&&S(309,{count:n})}</span>
${n>0&&rt`
<button type="button" class="button quiet"
onClick=${()=>s({kind:"move",documents:t})}><${U} name="folder"
size=${16} /> ${S(325)}</button>
<button type="button" class="button quiet"
onClick=${()=>s({kind:"tags",documents:t})}><${U} name="tag"
size=${16} /> ${S(310)}</button>
<button type="button" class="button quiet danger-text" onClick=${a}><${U}
name="trash" size=${16} /> ${S(6)}</button>`}
</div>
`}import{formatBytes as zt,formatDate as Mt,html as D,Icon as Pt,joinFacts as qt,Menu as Nt,t as m,TextWithCode as Ft,variant as At}from"./app.js";function ct(t){let{doc:e,task:l,actions:o,edits:s,onTag:n,openDialog:a,selected:r,onSelect:u}=t,{document_id:c,title:i,status:b,error:y,tags:x=[],notes:_=[]}=e,w=b==="queued"||b==="indexing";return D`
<li class="document" data-status=${b}>
${u&&D`<label class="check-document"><input type="checkbox" checked=${r}
aria-label=${m(306,{title:i})}
onChange=${$=>u(c,$.target.checked)} /></label>`}
<div class="document-main">
<button type="button" class="document-name document-title" disabled=${b!=="ready"}
title=${i}
onClick=${()=>o.openPanel({kind:"source",document:e})}>${i}</button>
${b==="failed"&&D`<p class="problem"><${Ft} text=${y??m(268)} /></p>`}
<span class="muted">${Bt(e,l)}</span>
${b==="ready"&&_.map(({kind:$,params:L,text:O})=>D`<p key=${$} class="document-note">${At(272,$,L)??O}</p>`)}
${x.length>0&&D`<ul class="tags" aria-label=${m(321,{title:i})}>${x.map($=>D`<li key=${$}><button type="button" class="tag"
onClick=${()=>n($)}>${$}</button></li>`)}</ul>`}
${w&&D`<progress class="progress" max="1" value=${l?.progress??null}
aria-label=${m(271,{title:i})}></progress>`}
</div>
${s&&b==="failed"&&D`<button type="button" class="button quiet" aria-label=${m(315,{title:i})}
onClick=${()=>o.retryDocument(c)}><${Pt} name="retry" size=${16}
/> ${m(314)}</button>`}
${s&&D`<${Nt} label=${m(316,{title:i})}
items=${Ut(e,o,a)} />`}
</li>
`}function Bt({status:t,pages:e,bytes:l,created_at:o},s){return t==="queued"?m(269):t==="indexing"?s?.message||m(270):qt([zt(l),e&&m(273,{count:e}),Mt(o)])}function Ut(t,e,l){let{document_id:o,title:s}=t,n=()=>e.openDialog({kind:"prompt",title:m(317),label:m(318),value:s,verb:m(17),onConfirm:r=>e.changeDocument({document_id:o,title:r})}),a=()=>e.openDialog({title:m(266),text:m(267,{title:s}),verb:m(6),onConfirm:()=>e.deleteDocument(o)});return[{text:m(17),icon:"pencil",act:n},{text:m(319),icon:"tag",act:()=>l({kind:"tags",documents:[t]})},{text:m(325),icon:"folder",act:()=>l({kind:"move",documents:[t]})},{text:m(6),icon:"trash",danger:!0,act:a}]}var ut=100;function $t(t){let{state:e,actions:l,uploads:o,libraryId:s,documents:n,tags:a,edits:r,loading:u}=t,[c,i]=R(""),[b,y]=R("newest"),[x,_]=R(null),[w,$]=R(ut),[L,O]=R(null),[P,K]=R([]),F=a.includes(x)?x:null,I=Yt(()=>et(n,{query:c,tag:F,order:b}),[n,c,F,b]),Ct=I.filter(d=>P.includes(d.document_id)),St=(d,_t)=>K(_t?[...P,d]:P.filter(Lt=>Lt!==d)),Q=e.uploads.filter(d=>(d.libraryId??e.user.id)===s),Dt=r&&jt(e.user);return g`
${Dt&&g`<${Xt} uploads=${o} libraryId=${s} limit=${e.limits.max_upload_bytes} />`}
${n.length>0&&g`<div class="view-tools">
<label class="field grow"><span class="visually-hidden">${v(292)}</span>
<input type="search" placeholder=${v(292)} value=${c}
onInput=${d=>i(d.target.value)} /></label>
<${Wt} label=${v(293)} value=${b} onPick=${y} quiet
options=${tt.map(d=>({value:d,text:Jt(294,d)}))} />
</div>`}
${a.length>0&&g`<${Zt} tags=${a} tag=${F} onPick=${_} />`}
${n.length>0?g`<p class="muted" role="status">${v(295,{count:I.length})}</p>`:!Q.length&&g`<p class="muted">${u?v(263):v(291)}</p>`}
${r&&I.length>1&&g`<${it} chosen=${Ct} found=${I} onSelect=${K}
actions=${l} openDialog=${O} />`}
<ul class="documents" aria-label=${v(259)}
onKeyDown=${d=>Qt(d,".document-name")}>
${Q.map(d=>g`<${Vt} key=${d.id} upload=${d} uploads=${o} />`)}
${I.slice(0,w).map(d=>g`<${ct} key=${d.document_id} doc=${d}
task=${e.tasks[d.task_id]} actions=${l} edits=${r} onTag=${_}
openDialog=${O} selected=${P.includes(d.document_id)}
onSelect=${r&&I.length>1&&St} />`)}
</ul>
${I.length>w&&g`<button type="button" class="button" onClick=${()=>$(w+ut)}>${v(296)}</button>`}
${L&&g`<${lt} ...${L} state=${e} actions=${l}
close=${()=>O(null)} />`}
`}function Xt({uploads:t,libraryId:e,limit:l}){let o=Ht();return g`
<div class="drop-here">
<input ref=${o} type="file" multiple hidden onChange=${()=>{t.add(o.current.files,e),o.current.value=""}} />
<button type="button" class="button primary" onClick=${()=>o.current.click()}><${Kt}
name="upload" size=${18} /> ${v(260)}</button>
<span class="muted"><span class="with-mouse">${v(290)} </span>${l&&v(262,{size:Gt(l)})}</span>
</div>
`}function Zt({tags:t,tag:e,onPick:l}){return g`
<div class="tags" role="group" aria-label=${v(323)}>
${t.map(o=>g`<button type="button" key=${o} class="tag" aria-pressed=${o===e}
onClick=${()=>l(o===e?null:o)}>${o}</button>`)}
</div>
`}import{Avatar as te,canListUsers as ee,FormError as oe,html as k,Icon as pt,IconButton as ne,isShared as le,Modal as ae,Select as mt,t as f,useEffect as dt,useState as q,variant as bt}from"./app.js";var se=["viewer","editor","owner"],re={kind:"group",id:"everyone"},ie=20,ft=()=>se.map(t=>({value:t,text:bt(301,t)})),N=({kind:t,id:e})=>`${t} ${e}`,z=({kind:t,id:e,name:l})=>t==="group"?f(300):l??e;function gt({state:t,actions:e,collection:l,close:o}){let{collection_id:s,name:n,role:a,shares:r}=l,[u,c]=q(null),[i,b]=q(0),y=async $=>{c(null);try{await $}catch(L){c(L),b(O=>O+1)}};dt(()=>{y(e.loadShares(s))},[s]),dt(()=>{ee(t.user)&&y(e.loadDirectory())},[]);let x=($,L)=>y(e.shareCollection(s,$,L)),_=$=>y(e.unshareCollection(s,$)),w=f(298,{name:n});return k`
<${ae} label=${w} onClose=${o} className="sharing">
<h2>${w}</h2>
<${oe} error=${u} />
${!r&&!u&&k`<p class="waiting">${f(11)}</p>`}
${r&&k`<ul class="members" aria-label=${f(299)}>
${r.map($=>k`<${ce} key=${`${N($)} ${i}`} share=${$}
mine=${$.kind==="user"&&$.id===t.user.id} onPick=${x}
onRemove=${_} />`)}
</ul>
<${ue} candidates=${$e(t,r)} onAdd=${x} />`}
<div class="modal-buttons">
<button type="button" class="button" data-focus onClick=${o}>${f(8)}</button>
</div>
<//>
`}function ce({share:t,mine:e,onPick:l,onRemove:o}){let s=z(t);return k`
<li class="member">
<${yt} subject=${t} />
<span class="member-text"><span class="member-name" title=${s}>${s}${e&&k` <span class="muted">${f(22)}</span>`}</span></span>
<${mt} quiet label=${f(36,{name:s})} value=${t.role} options=${ft()}
onPick=${n=>l(t,n)} />
<${ne} icon="close" label=${f(304,{name:s})}
onClick=${()=>o(t)} />
</li>
`}function ue({candidates:t,onAdd:e}){let[l,o]=q(""),[s,n]=q("viewer"),a=l.trim().toLowerCase(),r=t.filter(i=>z(i).toLowerCase().includes(a)),u=a||t.length<=5,c=i=>{o(""),e(i,s)};return k`
<div class="invite-row">
<label class="field grow"><span>${f(303)}</span>
<input type="search" value=${l} placeholder=${f(12)} autocomplete="off"
onInput=${i=>o(i.target.value)} /></label>
<${mt} label=${f(355)} value=${s} options=${ft()} onPick=${n} />
</div>
<p class="muted">${bt(302,s)}</p>
${u&&k`<ul class="members found" aria-label=${f(356)}>
${r.slice(0,ie).map(i=>k`<li class="member" key=${N(i)}>
<${yt} subject=${i} />
<span class="member-text member-name">${z(i)}</span>
<button type="button" class="button"
aria-label=${f(357,{name:z(i)})}
onClick=${()=>c(i)}><${pt} name="plus" size=${16} /> ${f(0)}</button>
</li>`)}
</ul>`}
${u&&!r.length&&k`<p class="muted">${f(305)}</p>`}
`}var yt=({subject:t})=>t.kind==="user"?k`<${te} id=${t.id} name=${z(t)} />`:k`<span class="subject-icon"><${pt} name=${t.kind==="room"?"at":"people"}
size=${18} /></span>`;function $e({rooms:t,directory:e},l){let o=new Set(l.map(N));return[re,...(t??[]).filter(le).map(({room_id:n,name:a})=>({kind:"room",id:n,name:a})),...(e??[]).filter(n=>n.status==="active").map(({id:n,name:a})=>({kind:"user",id:n,name:a}))].filter(n=>!o.has(N(n)))}import{html as M,Icon as de,moveFocus as pe,Select as me,t as j,toLibrary as ht,variant as vt}from"./app.js";var be={own:"folder",shared:"people",rooms:"at"};function kt({state:t,libraryId:e}){let l=fe(t);return M`
<nav class="library-nav" aria-label=${j(275)}
onKeyDown=${o=>pe(o,"a")}>
${T(t).map(({kind:o,libraries:s})=>M`
<h3 key=${`${o}-title`}>${vt(276,o)}</h3>
<ul key=${o}>${s.map(({id:n,name:a})=>M`<li key=${n}>
<a href=${ht(n)} aria-current=${n===e?"page":null} title=${a}>
<${de} name=${n===t.user.id?"user":be[o]} size=${16} />
<span class="library-name">${a}</span>
${l[n]>0&&M`<span class="count">${l[n]}</span>`}
</a></li>`)}</ul>`)}
</nav>
`}function wt({state:t,libraryId:e}){let l=T(t).flatMap(({kind:o,libraries:s})=>s.map(({id:n,name:a})=>({value:n,text:j(277,{group:vt(276,o),name:a})})));return M`<${me} label=${j(275)} value=${e} options=${l}
onPick=${o=>location.hash=ht(o)} />`}function fe({documents:t,user:e}){let l={};for(let o of t??[]){let s=o.collection_id??e.id;l[s]=(l[s]??0)+1}return l}function Se({state:t,actions:e,uploads:l}){let{user:o,view:s}=t,n=Ce("(max-width: 760px)"),a=s.libraryId??o?.id,[r,u]=G(null),[c,i]=G(null),b=async()=>{i(null);try{await Promise.all([e.loadCollections(),e.loadLibrary(a)])}catch(w){w.kind!=="not_found"&&i(w)}u(a)};if(xe(()=>{o&&b()},[a,o?.id]),!o)return C`<p class="waiting view">${p(3)}</p>`;let y=ve(t,a),x=n?wt:kt,_=()=>e.openDialog(_e(e));return C`
<div class="view-scroll" tabindex="-1"><div class="view library-view">
<div class="library-head">
<h1>${p(274)}</h1>
${ye(o)&&C`<button type="button" class="button" onClick=${_}><${xt} name="plus" size=${18}
/> ${p(279)}</button>`}
</div>
<${x} state=${t} libraryId=${a} />
<section class="library-open" aria-label=${A(t,a)}>
${c&&C`<p class="problem" role="alert">${he(c).message}
<button type="button" class="link" onClick=${b}>${p(21)}</button></p>`}
${y===null?C`<p class="muted">${r===a?p(288):p(263)}</p>`:C`<${De} key=${a} state=${t} actions=${e}
uploads=${l} libraryId=${a} role=${y}
loading=${r!==a} />`}
</section>
</div></div>
`}function De({state:t,actions:e,uploads:l,libraryId:o,role:s,loading:n}){let a=t.collections?.find(y=>y.collection_id===o),r=J(t,o),u=ge(s),c=s==="owner"?a:null,[i,b]=G(!1);return C`
<div class="library-head">
<h2>${A(t,o)}</h2>
${!u&&C`<span class="chip">${p(287)}</span>`}
${c&&C`<button type="button" class="button quiet" onClick=${()=>b(!0)}><${xt}
name="people" size=${16} /> ${p(297)}</button>
<${ke} label=${p(282,{name:a.name})}
items=${Le(a,r.length,e)} />`}
</div>
${c&&i&&C`<${gt} state=${t} actions=${e} collection=${c}
close=${()=>b(!1)} />`}
<${$t} state=${t} actions=${e} uploads=${l}
libraryId=${o} documents=${r} tags=${X(r)} edits=${u}
loading=${n} />
`}var _e=t=>({kind:"prompt",title:p(279),text:p(280),label:p(12),value:"",verb:p(281),onConfirm:e=>t.createCollection(e).then(l=>location.hash=we(l.collection_id),t.showError)});function Le({collection_id:t,name:e},l,o){let s=()=>o.openDialog({kind:"prompt",title:p(283),label:p(12),value:e,verb:p(17),onConfirm:a=>o.changeCollection({collection_id:t,name:a})}),n=()=>o.openDialog({title:p(285,{name:e}),text:p(286,{count:l}),verb:p(284),onConfirm:()=>o.deleteCollection({collection_id:t})});return[{text:p(17),icon:"pencil",act:s},{text:p(284),icon:"trash",danger:!0,act:n}]}export{Se as View};

/*! BasicChat, Apache-2.0. With preact 11.2.0 (MIT); htm 3.1.1 (Apache-2.0); marked 18.2.1 (MIT); dompurify 3.4.18 ((MPL-2.0 OR Apache-2.0)); highlight.js 11.12.0 (BSD-3-Clause); temml 0.13.5 (MIT). See licences.txt */
import{isShared as Et,t as Z}from"./app.js";var tt=({documents:t,user:e},o)=>(t??[]).filter(n=>(n.collection_id??e.id)===o);function B({user:t,collections:e,rooms:o},n){return n===t?.id?Z(281):e?.find(l=>l.collection_id===n)?.name??o?.find(l=>l.room_id===n)?.name??""}function R({user:t,collections:e,rooms:o}){let n=(e??[]).map(({collection_id:l,name:a,role:r})=>({id:l,name:a,role:r}));return[{kind:"own",libraries:[{id:t.id,name:Z(281),role:"owner"},...n.filter(l=>l.role==="owner")]},{kind:"shared",libraries:n.filter(l=>l.role!=="owner")},{kind:"rooms",libraries:(o??[]).filter(Et).map(({room_id:l,name:a,role:r})=>({id:l,name:a,role:r==="viewer"?"viewer":"editor"}))}].filter(l=>l.libraries.length)}var et=t=>[...new Set(t.flatMap(e=>e.tags??[]))].sort((e,o)=>e.localeCompare(o)),U=t=>[...new Set(t.split(",").map(e=>e.trim()).filter(Boolean))],X={failed:0,indexing:1,queued:2,ready:3},H=(t,e)=>t.title.localeCompare(e.title,void 0,{numeric:!0}),nt={newest:(t,e)=>t.created_at<e.created_at?1:-1,oldest:(t,e)=>t.created_at<e.created_at?-1:1,name:H,size:(t,e)=>e.bytes-t.bytes,status:(t,e)=>X[t.status]-X[e.status]||H(t,e)},ot=Object.keys(nt),J=t=>t.normalize("NFKD").replace(/\p{M}/gu,"").toLowerCase();function lt(t,{query:e="",tag:o=null,order:n="newest"}){let s=J(e).split(/\s+/).filter(Boolean),l=a=>{let r=J([a.title,a.name,...a.tags??[]].filter(Boolean).join(" "));return s.every(u=>r.includes(u))};return t.filter(a=>(!o||a.tags?.includes(o))&&l(a)).sort(nt[n])}import{canEditLibrary as ke,canStartChats as we,canUpload as xe,describeError as Ce,html as S,Icon as G,libraryRole as Se,Menu as De,t as $,toLibrary as _e,useEffect as Le,useMediaQuery as Oe,useState as Q}from"./app.js";import{canStartChats as Qt,canUpload as Wt,formatBytes as Vt,html as v,Icon as Yt,moveFocus as Xt,Select as Ht,t as w,Upload as Jt,useMemo as Zt,useRef as te,useState as I,variant as ee}from"./app.js";import{canEditLibrary as zt,html as z,Modal as at,Select as It,t as k,useState as st}from"./app.js";function rt({kind:t,...e}){return z`<${t==="tags"?Rt:Tt} ...${e} />`}function Rt({documents:t,actions:e,close:o}){let n=t.length===1?t[0]:null,s=n?k(325):k(316),[l,a]=st((n?.tags??[]).join(", "));return z`
<${at} label=${s} onClose=${o}>
<form class="stack" onSubmit=${u=>{u.preventDefault(),o(),it(t,({document_id:c,tags:i=[]})=>e.changeDocument({document_id:c,tags:n?U(l):[...new Set([...i,...U(l)])]}))}}>
<h2>${s}</h2>
<p>${n?.title??k(298,{count:t.length})}</p>
<label class="field"><span>${k(326)}</span>
<input data-focus value=${l} maxlength="1000" autocomplete="off"
onInput=${u=>a(u.target.value)} />
<small class="muted">${k(328)}</small></label>
<${ct} verb=${k(330)} close=${o} />
</form>
<//>
`}function Tt({documents:t,state:e,actions:o,close:n}){let s=t[0].collection_id??e.user.id,l=R(e).flatMap(({libraries:c})=>c).filter(({id:c,role:i})=>c!==s&&zt(i)).map(({id:c,name:i})=>({value:c,text:i})),[a,r]=st(l[0]?.value),u=c=>{c.preventDefault(),n(),it(t,({document_id:i})=>o.changeDocument({document_id:i,collection_id:a}))};return z`
<${at} label=${k(332,{count:t.length})} onClose=${n}>
<form class="stack" onSubmit=${u}>
<h2>${k(332,{count:t.length})}</h2>
${l.length?z`<p>${k(334)}</p>
<${It} label=${k(333)} value=${a} options=${l}
onPick=${r} data-focus />`:z`<p>${k(335)}</p>`}
<${ct} verb=${k(331)} close=${n} disabled=${!l.length} />
</form>
<//>
`}async function it(t,e){for(let o of t)await e(o)}function ct({verb:t,close:e,disabled:o=!1}){return z`<div class="modal-buttons">
<button type="button" class="button" onClick=${e}>${k(1)}</button>
<button class="button primary" disabled=${o}>${t}</button>
</div>`}import{canStartChats as qt,html as j,Icon as P,t as D}from"./app.js";var Mt=1e3;function ut({edits:t,user:e,chosen:o,found:n,onSelect:s,actions:l,openDialog:a}){let r=o.length,u=()=>l.openDialog({title:D(318,{count:r}),text:D(319,{count:r}),verb:D(317,{count:r}),onConfirm:async()=>{for(let{document_id:f}of o)await l.deleteDocument(f)}}),c=o.filter(f=>f.status==="ready"),i=qt(e)&&c.length>0&&c.length<=Mt,m=()=>l.askOnly({name:c.length===1?c[0].title:null,count:c.length,document_ids:c.map(f=>f.document_id)}),g=r===n.length,y=()=>s(g?[]:n.map(f=>f.document_id));return j`
<div class="selection" role="group" aria-label=${D(314)}>
<label class="check"><input type="checkbox" checked=${g} onChange=${y}
indeterminate=${r>0&&!g} /> <span>${D(313)}</span></label>
<span class="muted" role="status">${r>0&&D(315,{count:r})}</span>
${i&&j`<button type="button" class="button quiet" onClick=${m}><${P} name="send"
size=${16} /> ${D(300)}</button>`}
${t&&r>0&&j`
<button type="button" class="button quiet"
onClick=${()=>a({kind:"move",documents:o})}><${P} name="folder"
size=${16} /> ${D(331)}</button>
<button type="button" class="button quiet"
onClick=${()=>a({kind:"tags",documents:o})}><${P} name="tag"
size=${16} /> ${D(316)}</button>
<button type="button" class="button quiet danger-text" onClick=${u}><${P}
name="trash" size=${16} /> ${D(6)}</button>`}
</div>
`}import{formatBytes as Pt,formatDate as Nt,html as _,Icon as At,joinFacts as Ft,Menu as Bt,t as b,TextWithCode as Ut,variant as jt}from"./app.js";function $t(t){let{doc:e,task:o,actions:n,edits:s,onTag:l,openDialog:a,selected:r,onSelect:u}=t,{document_id:c,title:i,status:m,error:g,tags:y=[],notes:f=[]}=e,C=m==="queued"||m==="indexing";return _`
<li class="document" data-status=${m}>
${u&&_`<label class="check-document"><input type="checkbox" checked=${r}
aria-label=${b(312,{title:i})}
onChange=${d=>u(c,d.target.checked)} /></label>`}
<div class="document-main">
<button type="button" class="document-name document-title" disabled=${m!=="ready"}
title=${i}
onClick=${()=>n.openPanel({kind:"source",document:e})}>${i}</button>
${m==="failed"&&_`<p class="problem"><${Ut} text=${g??b(271)} /></p>`}
<span class="muted">${Kt(e,o)}</span>
${m==="ready"&&f.map(({kind:d,params:L,text:O})=>_`<p key=${d} class="document-note">${jt(275,d,L)??O}</p>`)}
${y.length>0&&_`<ul class="tags" aria-label=${b(327,{title:i})}>${y.map(d=>_`<li key=${d}><button type="button" class="tag"
onClick=${()=>l(d)}>${d}</button></li>`)}</ul>`}
${C&&_`<progress class="progress" max="1" value=${o?.progress??null}
aria-label=${b(274,{title:i})}></progress>`}
</div>
${s&&m==="failed"&&_`<button type="button" class="button quiet" aria-label=${b(321,{title:i})}
onClick=${()=>n.retryDocument(c)}><${At} name="retry" size=${16}
/> ${b(320)}</button>`}
${s&&_`<${Bt} label=${b(322,{title:i})}
items=${Gt(e,n,a)} />`}
</li>
`}function Kt({status:t,pages:e,bytes:o,created_at:n},s){return t==="queued"?b(272):t==="indexing"?s?.message||b(273):Ft([Pt(o),e&&b(276,{count:e}),Nt(n)])}function Gt(t,e,o){let{document_id:n,title:s}=t,l=()=>e.openDialog({kind:"prompt",title:b(323),label:b(324),value:s,verb:b(17),onConfirm:r=>e.changeDocument({document_id:n,title:r})}),a=()=>e.openDialog({title:b(269),text:b(270,{title:s}),verb:b(6),onConfirm:()=>e.deleteDocument(n)});return[{text:b(17),icon:"pencil",act:l},{text:b(325),icon:"tag",act:()=>o({kind:"tags",documents:[t]})},{text:b(331),icon:"folder",act:()=>o({kind:"move",documents:[t]})},{text:b(6),icon:"trash",danger:!0,act:a}]}var dt=100;function pt(t){let{state:e,actions:o,uploads:n,libraryId:s,documents:l,tags:a,edits:r,loading:u}=t,[c,i]=I(""),[m,g]=I("newest"),[y,f]=I(null),[C,d]=I(dt),[L,O]=I(null),[M,W]=I([]),F=a.includes(y)?y:null,E=Zt(()=>lt(l,{query:c,tag:F,order:m}),[l,c,F,m]),St=E.filter(p=>M.includes(p.document_id)),Dt=(p,Lt)=>W(Lt?[...M,p]:M.filter(Ot=>Ot!==p)),V=e.uploads.filter(p=>(p.libraryId??e.user.id)===s),Y=E.length>1&&(r||Qt(e.user)),_t=r&&Wt(e.user);return v`
${_t&&v`<${ne} uploads=${n} libraryId=${s} limit=${e.limits.max_upload_bytes} />`}
${l.length>0&&v`<div class="view-tools">
<label class="field grow"><span class="visually-hidden">${w(295)}</span>
<input type="search" placeholder=${w(295)} value=${c}
onInput=${p=>i(p.target.value)} /></label>
<${Ht} label=${w(296)} value=${m} onPick=${g} quiet
options=${ot.map(p=>({value:p,text:ee(297,p)}))} />
</div>`}
${a.length>0&&v`<${oe} tags=${a} tag=${F} onPick=${f} />`}
${l.length>0?v`<p class="muted" role="status">${w(298,{count:E.length})}</p>`:!V.length&&v`<p class="muted">${u?w(266):w(294)}</p>`}
${Y&&v`<${ut} edits=${r} user=${e.user} chosen=${St} found=${E} onSelect=${W}
actions=${o} openDialog=${O} />`}
<ul class="documents" aria-label=${w(262)}
onKeyDown=${p=>Xt(p,".document-name")}>
${V.map(p=>v`<${Jt} key=${p.id} upload=${p} uploads=${n} />`)}
${E.slice(0,C).map(p=>v`<${$t} key=${p.document_id} doc=${p}
task=${e.tasks[p.task_id]} actions=${o} edits=${r} onTag=${f}
openDialog=${O} selected=${M.includes(p.document_id)}
onSelect=${Y&&Dt} />`)}
</ul>
${E.length>C&&v`<button type="button" class="button" onClick=${()=>d(C+dt)}>${w(299)}</button>`}
${L&&v`<${rt} ...${L} state=${e} actions=${o}
close=${()=>O(null)} />`}
`}function ne({uploads:t,libraryId:e,limit:o}){let n=te();return v`
<div class="drop-here">
<input ref=${n} type="file" multiple hidden onChange=${()=>{t.add(n.current.files,e),n.current.value=""}} />
<button type="button" class="button primary" onClick=${()=>n.current.click()}><${Yt}
name="upload" size=${18} /> ${w(263)}</button>
<span class="muted"><span class="with-mouse">${w(293)} </span>${o&&w(265,{size:Vt(o)})}</span>
</div>
`}function oe({tags:t,tag:e,onPick:o}){return v`
<div class="tags" role="group" aria-label=${w(329)}>
${t.map(n=>v`<button type="button" key=${n} class="tag" aria-pressed=${n===e}
onClick=${()=>o(n===e?null:n)}>${n}</button>`)}
</div>
`}import{Avatar as le,canListUsers as ae,FormError as se,html as x,Icon as bt,IconButton as re,isShared as ie,Modal as ce,Select as ft,t as h,useEffect as mt,useState as N,variant as gt}from"./app.js";var ue=["viewer","editor","owner"],$e={kind:"group",id:"everyone"},de=20,yt=()=>ue.map(t=>({value:t,text:gt(307,t)})),A=({kind:t,id:e})=>`${t} ${e}`,T=({kind:t,id:e,name:o})=>t==="group"?h(306):o??e;function ht({state:t,actions:e,collection:o,close:n}){let{collection_id:s,name:l,role:a,shares:r}=o,[u,c]=N(null),[i,m]=N(0),g=async d=>{c(null);try{await d}catch(L){c(L),m(O=>O+1)}};mt(()=>{g(e.loadShares(s))},[s]),mt(()=>{ae(t.user)&&g(e.loadDirectory())},[]);let y=(d,L)=>g(e.shareCollection(s,d,L)),f=d=>g(e.unshareCollection(s,d)),C=h(304,{name:l});return x`
<${ce} label=${C} onClose=${n} className="sharing">
<h2>${C}</h2>
<${se} error=${u} />
${!r&&!u&&x`<p class="waiting">${h(11)}</p>`}
${r&&x`<ul class="members" aria-label=${h(305)}>
${r.map(d=>x`<${pe} key=${`${A(d)} ${i}`} share=${d}
mine=${d.kind==="user"&&d.id===t.user.id} onPick=${y}
onRemove=${f} />`)}
</ul>
<${me} candidates=${be(t,r)} onAdd=${y} />`}
<div class="modal-buttons">
<button type="button" class="button" data-focus onClick=${n}>${h(8)}</button>
</div>
<//>
`}function pe({share:t,mine:e,onPick:o,onRemove:n}){let s=T(t);return x`
<li class="member">
<${vt} subject=${t} />
<span class="member-text"><span class="member-name" title=${s}>${s}${e&&x` <span class="muted">${h(22)}</span>`}</span></span>
<${ft} quiet label=${h(36,{name:s})} value=${t.role} options=${yt()}
onPick=${l=>o(t,l)} />
<${re} icon="close" label=${h(310,{name:s})}
onClick=${()=>n(t)} />
</li>
`}function me({candidates:t,onAdd:e}){let[o,n]=N(""),[s,l]=N("viewer"),a=o.trim().toLowerCase(),r=t.filter(i=>T(i).toLowerCase().includes(a)),u=a||t.length<=5,c=i=>{n(""),e(i,s)};return x`
<div class="invite-row">
<label class="field grow"><span>${h(309)}</span>
<input type="search" value=${o} placeholder=${h(12)} autocomplete="off"
onInput=${i=>n(i.target.value)} /></label>
<${ft} label=${h(361)} value=${s} options=${yt()} onPick=${l} />
</div>
<p class="muted">${gt(308,s)}</p>
${u&&x`<ul class="members found" aria-label=${h(362)}>
${r.slice(0,de).map(i=>x`<li class="member" key=${A(i)}>
<${vt} subject=${i} />
<span class="member-text member-name">${T(i)}</span>
<button type="button" class="button"
aria-label=${h(363,{name:T(i)})}
onClick=${()=>c(i)}><${bt} name="plus" size=${16} /> ${h(0)}</button>
</li>`)}
</ul>`}
${u&&!r.length&&x`<p class="muted">${h(311)}</p>`}
`}var vt=({subject:t})=>t.kind==="user"?x`<${le} id=${t.id} name=${T(t)} />`:x`<span class="subject-icon"><${bt} name=${t.kind==="room"?"at":"people"}
size=${18} /></span>`;function be({rooms:t,directory:e},o){let n=new Set(o.map(A));return[$e,...(t??[]).filter(ie).map(({room_id:l,name:a})=>({kind:"room",id:l,name:a})),...(e??[]).filter(l=>l.status==="active").map(({id:l,name:a})=>({kind:"user",id:l,name:a}))].filter(l=>!n.has(A(l)))}import{html as q,Icon as fe,moveFocus as ge,Select as ye,t as K,toLibrary as kt,variant as wt}from"./app.js";var he={own:"folder",shared:"people",rooms:"at"};function xt({state:t,libraryId:e}){let o=ve(t);return q`
<nav class="library-nav" aria-label=${K(278)}
onKeyDown=${n=>ge(n,"a")}>
${R(t).map(({kind:n,libraries:s})=>q`
<h3 key=${`${n}-title`}>${wt(279,n)}</h3>
<ul key=${n}>${s.map(({id:l,name:a})=>q`<li key=${l}>
<a href=${kt(l)} aria-current=${l===e?"page":null} title=${a}>
<${fe} name=${l===t.user.id?"user":he[n]} size=${16} />
<span class="library-name">${a}</span>
${o[l]>0&&q`<span class="count">${o[l]}</span>`}
</a></li>`)}</ul>`)}
</nav>
`}function Ct({state:t,libraryId:e}){let o=R(t).flatMap(({kind:n,libraries:s})=>s.map(({id:l,name:a})=>({value:l,text:K(280,{group:wt(279,n),name:a})})));return q`<${ye} label=${K(278)} value=${e} options=${o}
onPick=${n=>location.hash=kt(n)} />`}function ve({documents:t,user:e}){let o={};for(let n of t??[]){let s=n.collection_id??e.id;o[s]=(o[s]??0)+1}return o}function Ee({state:t,actions:e,uploads:o}){let{user:n,view:s}=t,l=Oe("(max-width: 760px)"),a=s.libraryId??n?.id,[r,u]=Q(null),[c,i]=Q(null),m=async()=>{i(null);try{await Promise.all([e.loadCollections(),e.loadLibrary(a)])}catch(C){C.kind!=="not_found"&&i(C)}u(a)};if(Le(()=>{n&&m()},[a,n?.id]),!n)return S`<p class="waiting view">${$(3)}</p>`;let g=Se(t,a),y=l?Ct:xt,f=()=>e.openDialog(Ie(e));return S`
<div class="view-scroll" tabindex="-1"><div class="view library-view">
<div class="library-head">
<h1>${$(277)}</h1>
${xe(n)&&S`<button type="button" class="button" onClick=${f}><${G} name="plus" size=${18}
/> ${$(282)}</button>`}
</div>
<${y} state=${t} libraryId=${a} />
<section class="library-open" aria-label=${B(t,a)}>
${c&&S`<p class="problem" role="alert">${Ce(c).message}
<button type="button" class="link" onClick=${m}>${$(21)}</button></p>`}
${g===null?S`<p class="muted">${r===a?$(291):$(266)}</p>`:S`<${ze} key=${a} state=${t} actions=${e}
uploads=${o} libraryId=${a} role=${g}
loading=${r!==a} />`}
</section>
</div></div>
`}function ze({state:t,actions:e,uploads:o,libraryId:n,role:s,loading:l}){let a=t.collections?.find(f=>f.collection_id===n),r=tt(t,n),u=ke(s),c=s==="owner"?a:null,i=B(t,n),m=()=>e.askOnly({name:i,collection_ids:[n]}),[g,y]=Q(!1);return S`
<div class="library-head">
<h2>${i}</h2>
${!u&&S`<span class="chip">${$(290)}</span>`}
${we(t.user)&&r.length>0&&S`<button type="button" class="button quiet"
aria-label=${$(302,{name:i})} onClick=${m}><${G} name="send"
size=${16} /> ${$(301)}</button>`}
${c&&S`<button type="button" class="button quiet" onClick=${()=>y(!0)}><${G}
name="people" size=${16} /> ${$(303)}</button>
<${De} label=${$(285,{name:a.name})}
items=${Re(a,r.length,e)} />`}
</div>
${c&&g&&S`<${ht} state=${t} actions=${e} collection=${c}
close=${()=>y(!1)} />`}
<${pt} state=${t} actions=${e} uploads=${o}
libraryId=${n} documents=${r} tags=${et(r)} edits=${u}
loading=${l} />
`}var Ie=t=>({kind:"prompt",title:$(282),text:$(283),label:$(12),value:"",verb:$(284),onConfirm:e=>t.createCollection(e).then(o=>location.hash=_e(o.collection_id),t.showError)});function Re({collection_id:t,name:e},o,n){let s=()=>n.openDialog({kind:"prompt",title:$(286),label:$(12),value:e,verb:$(17),onConfirm:a=>n.changeCollection({collection_id:t,name:a})}),l=()=>n.openDialog({title:$(288,{name:e}),text:$(289,{count:o}),verb:$(287),onConfirm:()=>n.deleteCollection({collection_id:t})});return[{text:$(17),icon:"pencil",act:s},{text:$(287),icon:"trash",danger:!0,act:l}]}export{Ee as View};

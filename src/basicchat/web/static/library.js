/*! BasicChat, Apache-2.0. With preact 11.2.0 (MIT); htm 3.1.1 (Apache-2.0); marked 18.2.1 (MIT); dompurify 3.4.18 ((MPL-2.0 OR Apache-2.0)); highlight.js 11.12.0 (BSD-3-Clause); temml 0.13.5 (MIT). See licences.txt */
var E=t=>(t?.members?.length??0)>1;import{t as F}from"./app.js";var B=({documents:t,user:e},n)=>(t??[]).filter(o=>(o.collection_id??e.id)===n);function R({user:t,collections:e,rooms:n},o){return o===t?.id?F(277):e?.find(l=>l.collection_id===o)?.name??n?.find(l=>l.room_id===o)?.name??""}function D({user:t,collections:e,rooms:n}){let o=(e??[]).map(({collection_id:l,name:r,role:i})=>({id:l,name:r,role:i}));return[{kind:"own",libraries:[{id:t.id,name:F(277),role:"owner"},...o.filter(l=>l.role==="owner")]},{kind:"shared",libraries:o.filter(l=>l.role!=="owner")},{kind:"rooms",libraries:(n??[]).filter(E).map(({room_id:l,name:r,role:i})=>({id:l,name:r,role:i==="viewer"?"viewer":"editor"}))}].filter(l=>l.libraries.length)}var j=t=>[...new Set(t.flatMap(e=>e.tags??[]))].sort((e,n)=>e.localeCompare(n)),U=t=>[...new Set(t.split(",").map(e=>e.trim()).filter(Boolean))],P={failed:0,indexing:1,queued:2,ready:3},N=(t,e)=>t.title.localeCompare(e.title,void 0,{numeric:!0}),A={newest:(t,e)=>t.created_at<e.created_at?1:-1,oldest:(t,e)=>t.created_at<e.created_at?-1:1,name:N,size:(t,e)=>e.bytes-t.bytes,status:(t,e)=>P[t.status]-P[e.status]||N(t,e)},G=Object.keys(A),z=t=>t.normalize("NFKD").replace(/\p{M}/gu,"").toLowerCase();function K(t,{query:e="",tag:n=null,order:o="newest"}){let a=z(e).split(/\s+/).filter(Boolean),l=r=>{let i=z([r.title,r.name,...r.tags??[]].filter(Boolean).join(" "));return a.every(u=>i.includes(u))};return t.filter(r=>(!n||r.tags?.includes(n))&&l(r)).sort(A[o])}import{canEditLibrary as Et,canUpload as Pt,describeError as Nt,html as y,Icon as zt,libraryRole as Ft,Menu as Bt,t as s,toLibrary as jt,useEffect as Ut,useMediaQuery as At,useState as nt}from"./app.js";import{canUpload as vt,formatBytes as ht,html as p,Icon as xt,moveFocus as kt,Select as _t,t as f,Upload as wt,useMemo as Dt,useRef as Ct,useState as C,variant as Lt}from"./app.js";import{canEditLibrary as at,html as w,Modal as W,Select as it,t as b,useState as Q}from"./app.js";function V({kind:t,...e}){return w`<${t==="tags"?st:ct} ...${e} />`}function st({documents:[t],actions:e,close:n}){let[o,a]=Q((t.tags??[]).join(", ")),l=r=>{r.preventDefault(),n(),e.changeDocument({document_id:t.document_id,tags:U(o)})};return w`
<${W} label=${b(301)} onClose=${n}>
<form class="stack" onSubmit=${l}>
<h2>${b(301)}</h2>
<p>${t.title}</p>
<label class="field"><span>${b(302)}</span>
<input data-focus value=${o} maxlength="1000" autocomplete="off"
onInput=${r=>a(r.target.value)} />
<small class="muted">${b(304)}</small></label>
<${H} verb=${b(306)} close=${n} />
</form>
<//>
`}function ct({documents:t,state:e,actions:n,close:o}){let a=t[0].collection_id??e.user.id,l=D(e).flatMap(({libraries:d})=>d).filter(({id:d,role:m})=>d!==a&&at(m)).map(({id:d,name:m})=>({value:d,text:m})),[r,i]=Q(l[0]?.value),u=d=>{d.preventDefault(),o();for(let{document_id:m}of t)n.changeDocument({document_id:m,collection_id:r})};return w`
<${W} label=${b(308,{count:t.length})} onClose=${o}>
<form class="stack" onSubmit=${u}>
<h2>${b(308,{count:t.length})}</h2>
${l.length?w`<p>${b(310)}</p>
<${it} label=${b(309)} value=${r} options=${l}
onPick=${i} data-focus />`:w`<p>${b(311)}</p>`}
<${H} verb=${b(307)} close=${o} disabled=${!l.length} />
</form>
<//>
`}function H({verb:t,close:e,disabled:n=!1}){return w`<div class="modal-buttons">
<button type="button" class="button" onClick=${e}>${b(1)}</button>
<button class="button primary" disabled=${n}>${t}</button>
</div>`}import{formatBytes as ut,formatDate as dt,html as x,Icon as $t,joinFacts as mt,Menu as pt,t as c,TextWithCode as bt,variant as ft}from"./app.js";function J({doc:t,task:e,actions:n,edits:o,onTag:a,openDialog:l}){let{document_id:r,title:i,status:u,error:d,tags:m=[],notes:v=[]}=t,k=u==="queued"||u==="indexing";return x`
<li class="document" data-status=${u}>
<div class="document-main">
<button type="button" class="document-name document-title" disabled=${u!=="ready"}
title=${i}
onClick=${()=>n.openPanel({kind:"source",document:t})}>${i}</button>
${u==="failed"&&x`<p class="problem"><${bt} text=${d??c(267)} /></p>`}
<span class="muted">${gt(t,e)}</span>
${u==="ready"&&v.map(({kind:g,params:_,text:h})=>x`<p key=${g} class="document-note">${ft(271,g,_)??h}</p>`)}
${m.length>0&&x`<ul class="tags" aria-label=${c(303,{title:i})}>${m.map(g=>x`<li key=${g}><button type="button" class="tag"
onClick=${()=>a(g)}>${g}</button></li>`)}</ul>`}
${k&&x`<progress class="progress" max="1" value=${e?.progress??null}
aria-label=${c(270,{title:i})}></progress>`}
</div>
${o&&u==="failed"&&x`<button type="button" class="button quiet" aria-label=${c(297,{title:i})}
onClick=${()=>n.retryDocument(r)}><${$t} name="retry" size=${16}
/> ${c(296)}</button>`}
${o&&x`<${pt} label=${c(298,{title:i})}
items=${yt(t,n,l)} />`}
</li>
`}function gt({status:t,pages:e,bytes:n,created_at:o},a){return t==="queued"?c(268):t==="indexing"?a?.message||c(269):mt([ut(n),e&&c(272,{count:e}),dt(o)])}function yt(t,e,n){let{document_id:o,title:a}=t,l=()=>e.openDialog({kind:"prompt",title:c(299),label:c(300),value:a,verb:c(17),onConfirm:i=>e.changeDocument({document_id:o,title:i})}),r=()=>e.openDialog({title:c(265),text:c(266,{title:a}),verb:c(6),onConfirm:()=>e.deleteDocument(o)});return[{text:c(17),icon:"pencil",act:l},{text:c(301),icon:"tag",act:()=>n({kind:"tags",documents:[t]})},{text:c(307),icon:"folder",act:()=>n({kind:"move",documents:[t]})},{text:c(6),icon:"trash",danger:!0,act:r}]}var X=100;function Y(t){let{state:e,actions:n,uploads:o,libraryId:a,documents:l,tags:r,edits:i,loading:u}=t,[d,m]=C(""),[v,k]=C("newest"),[g,_]=C(null),[h,rt]=C(X),[I,M]=C(null),S=r.includes(g)?g:null,O=Dt(()=>K(l,{query:d,tag:S,order:v}),[l,d,S,v]),q=e.uploads.filter($=>($.libraryId??e.user.id)===a),lt=i&&vt(e.user);return p`
${lt&&p`<${St} uploads=${o} libraryId=${a} limit=${e.limits.max_upload_bytes} />`}
${l.length>0&&p`<div class="view-tools">
<label class="field grow"><span class="visually-hidden">${f(291)}</span>
<input type="search" placeholder=${f(291)} value=${d}
onInput=${$=>m($.target.value)} /></label>
<${_t} label=${f(292)} value=${v} onPick=${k} quiet
options=${G.map($=>({value:$,text:Lt(293,$)}))} />
</div>`}
${r.length>0&&p`<${Ot} tags=${r} tag=${S} onPick=${_} />`}
${l.length>0?p`<p class="muted" role="status">${f(294,{count:O.length})}</p>`:!q.length&&p`<p class="muted">${u?f(262):f(290)}</p>`}
<ul class="documents" aria-label=${f(258)}
onKeyDown=${$=>kt($,".document-name")}>
${q.map($=>p`<${wt} key=${$.id} upload=${$} uploads=${o} />`)}
${O.slice(0,h).map($=>p`<${J} key=${$.document_id} doc=${$}
task=${e.tasks[$.task_id]} actions=${n} edits=${i} onTag=${_}
openDialog=${M} />`)}
</ul>
${O.length>h&&p`<button type="button" class="button" onClick=${()=>rt(h+X)}>${f(295)}</button>`}
${I&&p`<${V} ...${I} state=${e} actions=${n}
close=${()=>M(null)} />`}
`}function St({uploads:t,libraryId:e,limit:n}){let o=Ct();return p`
<div class="drop-here">
<input ref=${o} type="file" multiple hidden onChange=${()=>{t.add(o.current.files,e),o.current.value=""}} />
<button type="button" class="button primary" onClick=${()=>o.current.click()}><${xt}
name="upload" size=${18} /> ${f(259)}</button>
<span class="muted"><span class="with-mouse">${f(289)} </span>${n&&f(261,{size:ht(n)})}</span>
</div>
`}function Ot({tags:t,tag:e,onPick:n}){return p`
<div class="tags" role="group" aria-label=${f(305)}>
${t.map(o=>p`<button type="button" key=${o} class="tag" aria-pressed=${o===e}
onClick=${()=>n(o===e?null:o)}>${o}</button>`)}
</div>
`}import{html as L,Icon as Rt,moveFocus as Tt,Select as It,t as T,toLibrary as Z,variant as tt}from"./app.js";var Mt={own:"folder",shared:"people",rooms:"at"};function et({state:t,libraryId:e}){let n=qt(t);return L`
<nav class="library-nav" aria-label=${T(274)}
onKeyDown=${o=>Tt(o,"a")}>
${D(t).map(({kind:o,libraries:a})=>L`
<h3 key=${`${o}-title`}>${tt(275,o)}</h3>
<ul key=${o}>${a.map(({id:l,name:r})=>L`<li key=${l}>
<a href=${Z(l)} aria-current=${l===e?"page":null} title=${r}>
<${Rt} name=${l===t.user.id?"user":Mt[o]} size=${16} />
<span class="library-name">${r}</span>
${n[l]>0&&L`<span class="count">${n[l]}</span>`}
</a></li>`)}</ul>`)}
</nav>
`}function ot({state:t,libraryId:e}){let n=D(t).flatMap(({kind:o,libraries:a})=>a.map(({id:l,name:r})=>({value:l,text:T(276,{group:tt(275,o),name:r})})));return L`<${It} label=${T(274)} value=${e} options=${n}
onPick=${o=>location.hash=Z(o)} />`}function qt({documents:t,user:e}){let n={};for(let o of t??[]){let a=o.collection_id??e.id;n[a]=(n[a]??0)+1}return n}function Gt({state:t,actions:e,uploads:n}){let{user:o,view:a}=t,l=At("(max-width: 760px)"),r=a.libraryId??o?.id,[i,u]=nt(null),[d,m]=nt(null),v=async()=>{m(null);try{await Promise.all([e.loadCollections(),e.loadLibrary(r)])}catch(h){h.kind!=="not_found"&&m(h)}u(r)};if(Ut(()=>{o&&v()},[r,o?.id]),!o)return y`<p class="waiting view">${s(3)}</p>`;let k=Ft(t,r),g=l?ot:et,_=()=>e.openDialog(Wt(e));return y`
<div class="view-scroll" tabindex="-1"><div class="view library">
<div class="library-head">
<h1>${s(273)}</h1>
${Pt(o)&&y`<button type="button" class="button" onClick=${_}><${zt} name="plus" size=${18}
/> ${s(278)}</button>`}
</div>
<${g} state=${t} libraryId=${r} />
<section class="library-open" aria-label=${R(t,r)}>
${d&&y`<p class="problem" role="alert">${Nt(d).message}
<button type="button" class="link" onClick=${v}>${s(21)}</button></p>`}
${k===null?y`<p class="muted">${i===r?s(287):s(262)}</p>`:y`<${Kt} key=${r} state=${t} actions=${e}
uploads=${n} libraryId=${r} role=${k}
loading=${i!==r} />`}
</section>
</div></div>
`}function Kt({state:t,actions:e,uploads:n,libraryId:o,role:a,loading:l}){let r=t.collections?.find(d=>d.collection_id===o),i=B(t,o),u=Et(a);return y`
<div class="library-head">
<h2>${R(t,o)}</h2>
${!u&&y`<span class="chip">${s(286)}</span>`}
${r&&a==="owner"&&y`<${Bt} label=${s(281,{name:r.name})}
items=${Qt(r,i.length,e)} />`}
</div>
<${Y} state=${t} actions=${e} uploads=${n}
libraryId=${o} documents=${i} tags=${j(i)} edits=${u}
loading=${l} />
`}var Wt=t=>({kind:"prompt",title:s(278),text:s(279),label:s(12),value:"",verb:s(280),onConfirm:e=>t.createCollection(e).then(n=>location.hash=jt(n.collection_id),t.showError)});function Qt({collection_id:t,name:e},n,o){let a=()=>o.openDialog({kind:"prompt",title:s(282),label:s(12),value:e,verb:s(17),onConfirm:r=>o.changeCollection({collection_id:t,name:r})}),l=()=>o.openDialog({title:s(284,{name:e}),text:s(285,{count:n}),verb:s(283),onConfirm:()=>o.deleteCollection({collection_id:t})});return[{text:s(17),icon:"pencil",act:a},{text:s(283),icon:"trash",danger:!0,act:l}]}export{Gt as View};

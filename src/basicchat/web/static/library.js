/*! BasicChat, Apache-2.0. With preact 11.2.0 (MIT); htm 3.1.1 (Apache-2.0); marked 18.2.1 (MIT); dompurify 3.4.18 ((MPL-2.0 OR Apache-2.0)); highlight.js 11.12.0 (BSD-3-Clause); temml 0.13.5 (MIT). See licences.txt */
import{isShared as Et,t as Z}from"./app.js";var tt=({documents:t,user:e},o)=>(t??[]).filter(n=>(n.collection_id??e.id)===o);function B({user:t,collections:e,rooms:o},n){return n===t?.id?Z(281):e?.find(l=>l.collection_id===n)?.name??o?.find(l=>l.room_id===n)?.name??""}function R({user:t,collections:e,rooms:o}){let n=(e??[]).map(({collection_id:l,name:a,role:i})=>({id:l,name:a,role:i}));return[{kind:"own",libraries:[{id:t.id,name:Z(281),role:"owner"},...n.filter(l=>l.role==="owner")]},{kind:"shared",libraries:n.filter(l=>l.role!=="owner")},{kind:"rooms",libraries:(o??[]).filter(Et).map(({room_id:l,name:a,role:i})=>({id:l,name:a,role:i==="viewer"?"viewer":"editor"}))}].filter(l=>l.libraries.length)}var et=t=>[...new Set(t.flatMap(e=>e.tags??[]))].sort((e,o)=>e.localeCompare(o)),U=t=>[...new Set(t.split(",").map(e=>e.trim()).filter(Boolean))],X={failed:0,indexing:1,queued:2,ready:3},H=(t,e)=>t.title.localeCompare(e.title,void 0,{numeric:!0}),nt={newest:(t,e)=>t.created_at<e.created_at?1:-1,oldest:(t,e)=>t.created_at<e.created_at?-1:1,name:H,size:(t,e)=>e.bytes-t.bytes,status:(t,e)=>X[t.status]-X[e.status]||H(t,e)},ot=Object.keys(nt),J=t=>t.normalize("NFKD").replace(/\p{M}/gu,"").toLowerCase();function lt(t,{query:e="",tag:o=null,order:n="newest"}){let s=J(e).split(/\s+/).filter(Boolean),l=a=>{let i=J([a.title,a.name,...a.tags??[]].filter(Boolean).join(" "));return s.every(u=>i.includes(u))};return t.filter(a=>(!o||a.tags?.includes(o))&&l(a)).sort(nt[n])}import{canEditLibrary as we,canStartChats as xe,canUpload as Ce,describeError as Se,html as S,Icon as G,libraryRole as _e,Menu as De,t as $,toLibrary as Le,useEffect as Oe,useMediaQuery as Ee,useState as Q}from"./app.js";import{canStartChats as Wt,canUpload as Vt,formatBytes as Yt,html as v,Icon as Xt,moveFocus as Ht,Select as Jt,t as w,Upload as Zt,useMemo as te,useRef as ee,useState as I,variant as ne}from"./app.js";import{canEditLibrary as zt,html as z,Modal as at,Select as It,t as k,useState as st}from"./app.js";function it({kind:t,...e}){return z`<${t==="tags"?Rt:Tt} ...${e} />`}function Rt({documents:t,actions:e,close:o}){let n=t.length===1?t[0]:null,s=n?k(325):k(316),[l,a]=st((n?.tags??[]).join(", "));return z`
<${at} label=${s} onClose=${o}>
<form class="stack" onSubmit=${u=>{u.preventDefault(),o(),rt(t,({document_id:c,tags:r=[]})=>e.changeDocument({document_id:c,tags:n?U(l):[...new Set([...r,...U(l)])]}))}}>
<h2>${s}</h2>
<p>${n?.title??k(298,{count:t.length})}</p>
<label class="field"><span>${k(326)}</span>
<input data-focus value=${l} maxlength="1000" autocomplete="off"
onInput=${u=>a(u.target.value)} />
<small class="muted">${k(328)}</small></label>
<${ct} verb=${k(330)} close=${o} />
</form>
<//>
`}function Tt({documents:t,state:e,actions:o,close:n}){let s=t[0].collection_id??e.user.id,l=R(e).flatMap(({libraries:c})=>c).filter(({id:c,role:r})=>c!==s&&zt(r)).map(({id:c,name:r})=>({value:c,text:r})),[a,i]=st(l[0]?.value),u=c=>{c.preventDefault(),n(),rt(t,({document_id:r})=>o.changeDocument({document_id:r,collection_id:a}))};return z`
<${at} label=${k(332,{count:t.length})} onClose=${n}>
<form class="stack" onSubmit=${u}>
<h2>${k(332,{count:t.length})}</h2>
${l.length?z`<p>${k(334)}</p>
<${It} label=${k(333)} value=${a} options=${l}
onPick=${i} data-focus />`:z`<p>${k(335)}</p>`}
<${ct} verb=${k(331)} close=${n} disabled=${!l.length} />
</form>
<//>
`}async function rt(t,e){for(let o of t)await e(o)}function ct({verb:t,close:e,disabled:o=!1}){return z`<div class="modal-buttons">
<button type="button" class="button" onClick=${e}>${k(1)}</button>
<button class="button primary" disabled=${o}>${t}</button>
</div>`}import{canStartChats as qt,html as j,Icon as P,t as _}from"./app.js";var Mt=1e3;function ut({edits:t,user:e,chosen:o,found:n,onSelect:s,actions:l,openDialog:a}){let i=o.length,u=()=>l.openDialog({title:_(318,{count:i}),text:_(319,{count:i}),verb:_(317,{count:i}),onConfirm:async()=>{for(let{document_id:b}of o)await l.deleteDocument(b)}}),c=o.filter(b=>b.status==="ready"),r=qt(e)&&c.length>0&&c.length<=Mt,m=()=>l.askOnly({name:c.length===1?c[0].title:null,count:c.length,document_ids:c.map(b=>b.document_id)}),f=i===n.length,y=()=>s(f?[]:n.map(b=>b.document_id));return j`
<div class="selection" role="group" aria-label=${_(314)}>
<label class="check"><input type="checkbox" checked=${f} onChange=${y}
indeterminate=${i>0&&!f} /> <span>${_(313)}</span></label>
<span class="muted" role="status">${i>0&&_(315,{count:i})}</span>
${r&&j`<button type="button" class="button quiet" onClick=${m}><${P} name="send"
size=${16} /> ${_(300)}</button>`}
${t&&i>0&&j`
<button type="button" class="button quiet"
onClick=${()=>a({kind:"move",documents:o})}><${P} name="folder"
size=${16} /> ${_(331)}</button>
<button type="button" class="button quiet"
onClick=${()=>a({kind:"tags",documents:o})}><${P} name="tag"
size=${16} /> ${_(316)}</button>
<button type="button" class="button quiet danger-text" onClick=${u}><${P}
name="trash" size=${16} /> ${_(6)}</button>`}
</div>
`}import{confirmDeletion as Pt,formatBytes as Nt,formatDate as At,html as D,Icon as Ft,joinFacts as Bt,Menu as Ut,t as g,TextWithCode as jt,variant as Kt}from"./app.js";function $t(t){let{doc:e,task:o,actions:n,edits:s,onTag:l,openDialog:a,selected:i,onSelect:u}=t,{document_id:c,title:r,status:m,error:f,tags:y=[],notes:b=[]}=e,C=m==="queued"||m==="indexing";return D`
<li class="document" data-status=${m}>
${u&&D`<label class="check-document"><input type="checkbox" checked=${i}
aria-label=${g(312,{title:r})}
onChange=${d=>u(c,d.target.checked)} /></label>`}
<div class="document-main">
<button type="button" class="document-name document-title" disabled=${m!=="ready"}
title=${r}
onClick=${()=>n.openPanel({kind:"source",document:e})}>${r}</button>
${m==="failed"&&D`<p class="problem"><${jt} text=${f??g(271)} /></p>`}
<span class="muted">${Gt(e,o)}</span>
${m==="ready"&&b.map(({kind:d,params:L,text:O})=>D`<p key=${d} class="document-note">${Kt(275,d,L)??O}</p>`)}
${y.length>0&&D`<ul class="tags" aria-label=${g(327,{title:r})}>${y.map(d=>D`<li key=${d}><button type="button" class="tag"
onClick=${()=>l(d)}>${d}</button></li>`)}</ul>`}
${C&&D`<progress class="progress" max="1" value=${o?.progress??null}
aria-label=${g(274,{title:r})}></progress>`}
</div>
${s&&m==="failed"&&D`<button type="button" class="button quiet" aria-label=${g(321,{title:r})}
onClick=${()=>n.retryDocument(c)}><${Ft} name="retry" size=${16}
/> ${g(320)}</button>`}
${s&&D`<${Ut} label=${g(322,{title:r})}
items=${Qt(e,n,a)} />`}
</li>
`}function Gt({status:t,pages:e,bytes:o,created_at:n},s){return t==="queued"?g(272):t==="indexing"?s?.message||g(273):Bt([Nt(o),e&&g(276,{count:e}),At(n)])}function Qt(t,e,o){let{document_id:n,title:s}=t,l=()=>e.openDialog({kind:"prompt",title:g(323),label:g(324),value:s,verb:g(17),onConfirm:a=>e.changeDocument({document_id:n,title:a})});return[{text:g(17),icon:"pencil",act:l},{text:g(325),icon:"tag",act:()=>o({kind:"tags",documents:[t]})},{text:g(331),icon:"folder",act:()=>o({kind:"move",documents:[t]})},{text:g(6),icon:"trash",danger:!0,act:()=>Pt(t,e)}]}var dt=100;function pt(t){let{state:e,actions:o,uploads:n,libraryId:s,documents:l,tags:a,edits:i,loading:u}=t,[c,r]=I(""),[m,f]=I("newest"),[y,b]=I(null),[C,d]=I(dt),[L,O]=I(null),[M,W]=I([]),F=a.includes(y)?y:null,E=te(()=>lt(l,{query:c,tag:F,order:m}),[l,c,F,m]),St=E.filter(p=>M.includes(p.document_id)),_t=(p,Lt)=>W(Lt?[...M,p]:M.filter(Ot=>Ot!==p)),V=e.uploads.filter(p=>(p.libraryId??e.user.id)===s),Y=E.length>1&&(i||Wt(e.user)),Dt=i&&Vt(e.user);return v`
${Dt&&v`<${oe} uploads=${n} libraryId=${s} limit=${e.limits.max_upload_bytes} />`}
${l.length>0&&v`<div class="view-tools">
<label class="field grow"><span class="visually-hidden">${w(295)}</span>
<input type="search" placeholder=${w(295)} value=${c}
onInput=${p=>r(p.target.value)} /></label>
<${Jt} label=${w(296)} value=${m} onPick=${f} quiet
options=${ot.map(p=>({value:p,text:ne(297,p)}))} />
</div>`}
${a.length>0&&v`<${le} tags=${a} tag=${F} onPick=${b} />`}
${l.length>0?v`<p class="muted" role="status">${w(298,{count:E.length})}</p>`:!V.length&&v`<p class="muted">${u?w(266):w(294)}</p>`}
${Y&&v`<${ut} edits=${i} user=${e.user} chosen=${St} found=${E} onSelect=${W}
actions=${o} openDialog=${O} />`}
<ul class="documents" aria-label=${w(262)}
onKeyDown=${p=>Ht(p,".document-name")}>
${V.map(p=>v`<${Zt} key=${p.id} upload=${p} uploads=${n} />`)}
${E.slice(0,C).map(p=>v`<${$t} key=${p.document_id} doc=${p}
task=${e.tasks[p.task_id]} actions=${o} edits=${i} onTag=${b}
openDialog=${O} selected=${M.includes(p.document_id)}
onSelect=${Y&&_t} />`)}
</ul>
${E.length>C&&v`<button type="button" class="button" onClick=${()=>d(C+dt)}>${w(299)}</button>`}
${L&&v`<${it} ...${L} state=${e} actions=${o}
close=${()=>O(null)} />`}
`}function oe({uploads:t,libraryId:e,limit:o}){let n=ee();return v`
<div class="drop-here">
<input ref=${n} type="file" multiple hidden onChange=${()=>{t.add(n.current.files,e),n.current.value=""}} />
<button type="button" class="button primary" onClick=${()=>n.current.click()}><${Xt}
name="upload" size=${18} /> ${w(263)}</button>
<span class="muted"><span class="with-mouse">${w(293)} </span>${o&&w(265,{size:Yt(o)})}</span>
</div>
`}function le({tags:t,tag:e,onPick:o}){return v`
<div class="tags" role="group" aria-label=${w(329)}>
${t.map(n=>v`<button type="button" key=${n} class="tag" aria-pressed=${n===e}
onClick=${()=>o(n===e?null:n)}>${n}</button>`)}
</div>
`}import{Avatar as ae,canListUsers as se,FormError as ie,html as x,Icon as bt,IconButton as re,isShared as ce,Modal as ue,Select as ft,t as h,useEffect as mt,useState as N,variant as gt}from"./app.js";var $e=["viewer","editor","owner"],de={kind:"group",id:"everyone"},pe=20,yt=()=>$e.map(t=>({value:t,text:gt(307,t)})),A=({kind:t,id:e})=>`${t} ${e}`,T=({kind:t,id:e,name:o})=>t==="group"?h(306):o??e;function ht({state:t,actions:e,collection:o,close:n}){let{collection_id:s,name:l,role:a,shares:i}=o,[u,c]=N(null),[r,m]=N(0),f=async d=>{c(null);try{await d}catch(L){c(L),m(O=>O+1)}};mt(()=>{f(e.loadShares(s))},[s]),mt(()=>{se(t.user)&&f(e.loadDirectory())},[]);let y=(d,L)=>f(e.shareCollection(s,d,L)),b=d=>f(e.unshareCollection(s,d)),C=h(304,{name:l});return x`
<${ue} label=${C} onClose=${n} className="sharing">
<h2>${C}</h2>
<${ie} error=${u} />
${!i&&!u&&x`<p class="waiting">${h(11)}</p>`}
${i&&x`<ul class="members" aria-label=${h(305)}>
${i.map(d=>x`<${me} key=${`${A(d)} ${r}`} share=${d}
mine=${d.kind==="user"&&d.id===t.user.id} onPick=${y}
onRemove=${b} />`)}
</ul>
<${be} candidates=${fe(t,i)} onAdd=${y} />`}
<div class="modal-buttons">
<button type="button" class="button" data-focus onClick=${n}>${h(8)}</button>
</div>
<//>
`}function me({share:t,mine:e,onPick:o,onRemove:n}){let s=T(t);return x`
<li class="member">
<${vt} subject=${t} />
<span class="member-text"><span class="member-name" title=${s}>${s}${e&&x` <span class="muted">${h(22)}</span>`}</span></span>
<${ft} quiet label=${h(36,{name:s})} value=${t.role} options=${yt()}
onPick=${l=>o(t,l)} />
<${re} icon="close" label=${h(310,{name:s})}
onClick=${()=>n(t)} />
</li>
`}function be({candidates:t,onAdd:e}){let[o,n]=N(""),[s,l]=N("viewer"),a=o.trim().toLowerCase(),i=t.filter(r=>T(r).toLowerCase().includes(a)),u=a||t.length<=5,c=r=>{n(""),e(r,s)};return x`
<div class="invite-row">
<label class="field grow"><span>${h(309)}</span>
<input type="search" value=${o} placeholder=${h(12)} autocomplete="off"
onInput=${r=>n(r.target.value)} /></label>
<${ft} label=${h(361)} value=${s} options=${yt()} onPick=${l} />
</div>
<p class="muted">${gt(308,s)}</p>
${u&&x`<ul class="members found" aria-label=${h(362)}>
${i.slice(0,pe).map(r=>x`<li class="member" key=${A(r)}>
<${vt} subject=${r} />
<span class="member-text member-name">${T(r)}</span>
<button type="button" class="button"
aria-label=${h(363,{name:T(r)})}
onClick=${()=>c(r)}><${bt} name="plus" size=${16} /> ${h(0)}</button>
</li>`)}
</ul>`}
${u&&!i.length&&x`<p class="muted">${h(311)}</p>`}
`}var vt=({subject:t})=>t.kind==="user"?x`<${ae} id=${t.id} name=${T(t)} />`:x`<span class="subject-icon"><${bt} name=${t.kind==="room"?"at":"people"}
size=${18} /></span>`;function fe({rooms:t,directory:e},o){let n=new Set(o.map(A));return[de,...(t??[]).filter(ce).map(({room_id:l,name:a})=>({kind:"room",id:l,name:a})),...(e??[]).filter(l=>l.status==="active").map(({id:l,name:a})=>({kind:"user",id:l,name:a}))].filter(l=>!n.has(A(l)))}import{html as q,Icon as ge,moveFocus as ye,Select as he,t as K,toLibrary as kt,variant as wt}from"./app.js";var ve={own:"folder",shared:"people",rooms:"at"};function xt({state:t,libraryId:e}){let o=ke(t);return q`
<nav class="library-nav" aria-label=${K(278)}
onKeyDown=${n=>ye(n,"a")}>
${R(t).map(({kind:n,libraries:s})=>q`
<h3 key=${`${n}-title`}>${wt(279,n)}</h3>
<ul key=${n}>${s.map(({id:l,name:a})=>q`<li key=${l}>
<a href=${kt(l)} aria-current=${l===e?"page":null} title=${a}>
<${ge} name=${l===t.user.id?"user":ve[n]} size=${16} />
<span class="library-name">${a}</span>
${o[l]>0&&q`<span class="count">${o[l]}</span>`}
</a></li>`)}</ul>`)}
</nav>
`}function Ct({state:t,libraryId:e}){let o=R(t).flatMap(({kind:n,libraries:s})=>s.map(({id:l,name:a})=>({value:l,text:K(280,{group:wt(279,n),name:a})})));return q`<${he} label=${K(278)} value=${e} options=${o}
onPick=${n=>location.hash=kt(n)} />`}function ke({documents:t,user:e}){let o={};for(let n of t??[]){let s=n.collection_id??e.id;o[s]=(o[s]??0)+1}return o}function ze({state:t,actions:e,uploads:o}){let{user:n,view:s}=t,l=Ee("(max-width: 760px)"),a=s.libraryId??n?.id,[i,u]=Q(null),[c,r]=Q(null),m=async()=>{r(null);try{await Promise.all([e.loadCollections(),e.loadLibrary(a)])}catch(C){C.kind!=="not_found"&&r(C)}u(a)};if(Oe(()=>{n&&m()},[a,n?.id]),!n)return S`<p class="waiting view">${$(3)}</p>`;let f=_e(t,a),y=l?Ct:xt,b=()=>e.openDialog(Re(e));return S`
<div class="view-scroll" tabindex="-1"><div class="view library-view">
<div class="library-head">
<h1>${$(277)}</h1>
${Ce(n)&&S`<button type="button" class="button" onClick=${b}><${G} name="plus" size=${18}
/> ${$(282)}</button>`}
</div>
<${y} state=${t} libraryId=${a} />
<section class="library-open" aria-label=${B(t,a)}>
${c&&S`<p class="problem" role="alert">${Se(c).message}
<button type="button" class="link" onClick=${m}>${$(21)}</button></p>`}
${f===null?S`<p class="muted">${i===a?$(291):$(266)}</p>`:S`<${Ie} key=${a} state=${t} actions=${e}
uploads=${o} libraryId=${a} role=${f}
loading=${i!==a} />`}
</section>
</div></div>
`}function Ie({state:t,actions:e,uploads:o,libraryId:n,role:s,loading:l}){let a=t.collections?.find(b=>b.collection_id===n),i=tt(t,n),u=we(s),c=s==="owner"?a:null,r=B(t,n),m=()=>e.askOnly({name:r,collection_ids:[n]}),[f,y]=Q(!1);return S`
<div class="library-head">
<h2>${r}</h2>
${!u&&S`<span class="chip">${$(290)}</span>`}
${xe(t.user)&&i.length>0&&S`<button type="button" class="button quiet"
aria-label=${$(302,{name:r})} onClick=${m}><${G} name="send"
size=${16} /> ${$(301)}</button>`}
${c&&S`<button type="button" class="button quiet" onClick=${()=>y(!0)}><${G}
name="people" size=${16} /> ${$(303)}</button>
<${De} label=${$(285,{name:a.name})}
items=${Te(a,i.length,e)} />`}
</div>
${c&&f&&S`<${ht} state=${t} actions=${e} collection=${c}
close=${()=>y(!1)} />`}
<${pt} state=${t} actions=${e} uploads=${o}
libraryId=${n} documents=${i} tags=${et(i)} edits=${u}
loading=${l} />
`}var Re=t=>({kind:"prompt",title:$(282),text:$(283),label:$(12),value:"",verb:$(284),onConfirm:e=>t.createCollection(e).then(o=>location.hash=Le(o.collection_id),t.showError)});function Te({collection_id:t,name:e},o,n){let s=()=>n.openDialog({kind:"prompt",title:$(286),label:$(12),value:e,verb:$(17),onConfirm:a=>n.changeCollection({collection_id:t,name:a})}),l=()=>n.openDialog({title:$(288,{name:e}),text:$(289,{count:o}),verb:$(287),onConfirm:()=>n.deleteCollection({collection_id:t})});return[{text:$(17),icon:"pencil",act:s},{text:$(287),icon:"trash",danger:!0,act:l}]}export{ze as View};

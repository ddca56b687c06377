#pragma once

#include <string_view>

namespace prober::report {

/// The page's style. Colours are named once for light and once for dark; every state also has a
/// symbol and a word, so no colour says anything alone. Contrast of text is at least 4.5 to 1.
constexpr std::string_view kHtmlStyle = R"(:root{color-scheme:light dark;
--page:#f6f7f9;--card:#fff;--text:#1c2127;--dim:#5a6472;--line:#dde1e6;--code:#f0f2f5;--link:#0b5cad;
--failing:#b3261e;--degraded:#8a5300;--warning:#7a5c00;--unknown:#6b3fa0;--healthy:#1b62b5;--skipped:#5a6472;
--tcp:#8ab6e8;--tls:#c9a7e6;--http:#f0c27a;--part:#1c2127}
@media (prefers-color-scheme:dark){:root{
--page:#14171b;--card:#1d2127;--text:#e6e9ed;--dim:#a2acb8;--line:#343b44;--code:#272d35;--link:#7db8f5;
--failing:#ff8a80;--degraded:#ffb454;--warning:#f0d060;--unknown:#cba6f7;--healthy:#8ab8f8;--skipped:#a2acb8}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:64rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{margin:0;font-size:1.7rem;line-height:1.2}
h2{margin:0 0 .2rem;font-size:1.15rem}
main>h2{margin:2rem 0 .6rem;color:var(--dim);font-size:1rem}
p{margin:.3rem 0}
a{color:var(--link);overflow-wrap:anywhere}
.when,.place,.share,footer{color:var(--dim);font-size:.9rem;font-weight:400}
.early{color:var(--unknown);font-weight:600}
.place,.name,dd,.when{overflow-wrap:anywhere}
.counts{display:flex;flex-wrap:wrap;gap:.5rem;padding:0;margin:1rem 0 1.4rem;list-style:none}
.counts li{padding:.25rem .8rem;border:1px solid currentColor;border-radius:2rem;background:var(--card)}
.failing{--state:var(--failing)}.degraded{--state:var(--degraded)}.warning{--state:var(--warning)}
.unknown{--state:var(--unknown)}.healthy{--state:var(--healthy)}.skipped{--state:var(--skipped)}
.counts li,.badge{color:var(--state)}
article{margin:0 0 1rem;padding:1rem 1.2rem;background:var(--card);border:1px solid var(--line);
border-left:.4rem solid var(--state);border-radius:.4rem}
section,details.route,header,footer{break-inside:avoid}h2,.place{break-after:avoid}
.badge{display:inline-block;padding:0 .6rem;border:1px solid currentColor;border-radius:1rem;
font-size:.8rem;font-weight:600;white-space:nowrap;vertical-align:.1em}
section{margin:.8rem 0}
.answer{margin:.4rem 0}
.answer code{display:block;padding:.5rem .7rem;background:var(--code);border-radius:.3rem;
font:600 .92rem/1.45 ui-monospace,"SFMono-Regular",Menlo,Consolas,monospace;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:3.6rem 1fr;gap:.15rem .8rem;margin:.5rem 0}
dt{grid-column:1;color:var(--dim)}dd{grid-column:2;margin:0}
.lines{font-size:.88rem}
dd code{padding:0 .2rem;background:var(--code);border-radius:.2rem;font:.92em ui-monospace,Menlo,Consolas,monospace}
details{margin:.5rem 0}
summary{cursor:pointer;color:var(--dim)}
details.route{margin:0;padding:.4rem .8rem;background:var(--card);border:1px solid var(--line);
border-left:.4rem solid var(--state);border-bottom-width:0}
details.route:last-of-type{border-bottom-width:1px}
details.route summary .name{color:var(--text)}
.bar{display:flex;align-items:stretch;gap:1px;font-size:.78rem}
.bar span{flex:0 0 12rem;color:var(--dim);overflow-wrap:anywhere;padding-right:.5rem}
.bar i{flex:1 1 0;min-width:2px;padding:.05rem .3rem;overflow:hidden;white-space:nowrap;font-style:normal;
color:var(--part);border-radius:.15rem;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.bar .tcp{background:var(--tcp)}.bar .tls{background:var(--tls)}.bar .http{background:var(--http)}
footer{margin-top:2rem;border-top:1px solid var(--line);padding-top:.6rem;overflow-wrap:anywhere}
@media print{:root{--page:#fff;--card:#fff;--text:#000;--dim:#444;--line:#bbb;--code:#f2f2f2;--link:#000}
main{max-width:none;padding:0}body{font-size:11pt}article details:not([open]){display:none}}
@media (max-width:34rem){dl{grid-template-columns:1fr}dd{grid-column:1}dt:not(:empty){margin-top:.35rem}
h2 .share{display:block}.bar{flex-wrap:wrap}.bar span{flex-basis:100%}}
)";

}  // namespace prober::report

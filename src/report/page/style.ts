/** The page's style sheet: a fund's tear sheet, light and dark, for screen, phone and A4. */
export const STYLE = `
:root{color-scheme:light dark;
--page:#f4f5f3;--card:#fff;--ink:#17202a;--soft:#5a6572;--line:#dde1e4;--head:#0f3b57;--good:#17703f;--fair:#8a5a00;--bad:#b3261e;
--chart-text:#17202a;--chart-muted:#5a6572;--chart-grid:#e6e9eb;--chart-paper:#fff;--chart-buy:#1f7a8c;--chart-sell:#c8553d;--chart-cash:#d3d8dc;--chart-other:#9aa5ae;
--series-0:#1c5d99;--series-1:#c8553d;--series-2:#2a8a62;--series-3:#8a5aa8;--series-4:#b8860b;--series-5:#3fa7b5;--series-6:#d98aa0;--series-7:#6b7a2f;--series-8:#7d5a44;--series-9:#8fb3d9}
@media (prefers-color-scheme:dark){:root{
--page:#11161b;--card:#1a2128;--ink:#e7ebee;--soft:#a3aeb8;--line:#313b44;--head:#9fd0ec;--good:#6fce97;--fair:#e7b75f;--bad:#ff8f85;
--chart-text:#e7ebee;--chart-muted:#a3aeb8;--chart-grid:#2b343c;--chart-paper:#1a2128;--chart-buy:#46b3c5;--chart-sell:#e8806a;--chart-cash:#46515b;--chart-other:#75818c;
--series-0:#5fa8e6;--series-1:#ee8468;--series-2:#5cc298;--series-3:#b98ad8;--series-4:#dcb04a;--series-5:#6cd0dd;--series-6:#eeaabd;--series-7:#a8b966;--series-8:#b58d74;--series-9:#b4cfec}}
/* The second ten series: the first, lighter. */
:root{--series-10:color-mix(in srgb,var(--series-0) 55%,var(--card));--series-11:color-mix(in srgb,var(--series-1) 55%,var(--card));--series-12:color-mix(in srgb,var(--series-2) 55%,var(--card));--series-13:color-mix(in srgb,var(--series-3) 55%,var(--card));--series-14:color-mix(in srgb,var(--series-4) 55%,var(--card));--series-15:color-mix(in srgb,var(--series-5) 55%,var(--card));--series-16:color-mix(in srgb,var(--series-6) 55%,var(--card));--series-17:color-mix(in srgb,var(--series-7) 55%,var(--card));--series-18:color-mix(in srgb,var(--series-8) 55%,var(--card));--series-19:color-mix(in srgb,var(--series-9) 55%,var(--card))}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:1064px;margin:0 auto;padding:32px 24px 56px}
header{border-top:4px solid var(--head);padding-top:18px;margin-bottom:28px}
h1{font-size:28px;line-height:1.2;margin:0 0 14px;letter-spacing:-.01em;color:var(--head);text-wrap:balance;overflow-wrap:anywhere}
h2{font-size:20px;line-height:1.3;margin:0 0 14px;color:var(--head);overflow-wrap:anywhere}
h2 small{font-size:14px;font-weight:400;color:var(--soft);margin-left:6px}
h3{font-size:15px;margin:22px 0 8px}
dl,dd,figure,ul{margin:0;padding:0}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(210px,1fr));gap:10px 28px}
.facts .heads{grid-column:1/-1}
dt{font-size:12px;color:var(--soft)}
dd{overflow-wrap:anywhere}
code{font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;color:var(--soft)}
.head{display:inline-block;margin-right:20px}
section,main>figure{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:22px 24px;margin:0 0 24px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:14px 24px;margin-bottom:22px}
.tiles>div{border-left:3px solid var(--line);padding-left:12px}
.tiles strong{display:block;font-size:20px;line-height:1.35;font-variant-numeric:tabular-nums}
.tiles span{font-size:12.5px;color:var(--soft)}
figure{margin:0 0 20px}
figcaption{margin-bottom:6px}
.figure-title{font-weight:600;margin-right:6px}
.note{color:var(--soft);font-size:13px;max-width:78ch}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 18px;font-size:13px;margin-bottom:6px}
.legend li{display:flex;align-items:center;gap:7px}
.mark{flex:none;width:22px;border-top:3px solid}
.mark.dashed{border-top-style:dashed}
.mark.dotted{border-top-style:dotted}
.mark.area{width:12px;height:12px;border:0;border-radius:2px;background:currentColor}
.chart svg{display:block;width:100%;height:auto;overflow:visible}
.chart svg text{font-family:inherit!important}
.chart.narrow{display:none}
.scroll{overflow-x:auto;max-width:100%}
.scroll:focus-visible,summary:focus-visible{outline:2px solid var(--head);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:13.5px;font-variant-numeric:tabular-nums}
th,td{padding:6px 12px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap;vertical-align:top;font-weight:400}
th:first-child,td:first-child{text-align:left;padding-left:0}
th:last-child,td:last-child{padding-right:0}
thead th,thead td{font-weight:600;color:var(--soft);font-size:12.5px;vertical-align:bottom;border-bottom-color:var(--soft)}
tfoot th,tfoot td{font-weight:600;border-bottom:0;border-top:1px solid var(--soft)}
.summary thead th{color:var(--ink);font-size:13.5px}
.summary .group th{font-weight:600;font-size:12.5px;color:var(--head);padding-top:14px;border-bottom-color:var(--soft)}
.summary th:first-child,.summary td:first-child{position:sticky;left:0;background:var(--card)}
.runs{font-size:12.5px}
.runs th,.runs td{padding-left:7px;padding-right:7px}
.runs thead th{white-space:normal}
.runs .text{text-align:left;white-space:normal}
.runs .date,.runs .risk{white-space:nowrap}
.runs .why{min-width:180px}
.runs .ending{min-width:200px;overflow-wrap:anywhere}
.runs b{font-weight:600}
details{margin-top:18px;border-top:1px solid var(--line);padding-top:12px}
summary{cursor:pointer;font-weight:600;padding:4px 0}
details .scroll{margin-top:8px}
.more{display:inline;margin:0;border:0;padding:0}
.more summary{display:inline;font-weight:400;padding:0}
.good{color:var(--good)}.fair{color:var(--fair)}.bad{color:var(--bad)}
.record dl>div{margin-bottom:10px}
.record dt{font-size:13.5px;font-weight:600;color:var(--ink)}
.record code{overflow-wrap:anywhere}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (max-width:640px){
main{padding:18px 12px 32px}
section,main>figure{padding:16px 14px;border-radius:6px}
h1{font-size:23px}
.tiles{grid-template-columns:1fr 1fr;gap:14px}
.tiles strong{font-size:16px}
.chart.wide{display:none}.chart.narrow{display:block}
th,td{padding:6px 9px}
.summary{font-size:11.5px;letter-spacing:-.01em}
.summary thead th{font-size:11.5px;white-space:normal;overflow-wrap:anywhere}
.summary th,.summary td{padding:6px 4px}
.summary tbody th{white-space:normal}
}
@media print{
@page{size:A4;margin:14mm}
:root{color-scheme:light;
--page:#fff;--card:#fff;--ink:#17202a;--soft:#4a545f;--line:#d5d9dc;--head:#0f3b57;--good:#17703f;--fair:#8a5a00;--bad:#b3261e;
--chart-text:#17202a;--chart-muted:#4a545f;--chart-grid:#e2e5e8;--chart-paper:#fff;--chart-buy:#1f7a8c;--chart-sell:#c8553d;--chart-cash:#d3d8dc;--chart-other:#9aa5ae;
--series-0:#1c5d99;--series-1:#c8553d;--series-2:#2a8a62;--series-3:#8a5aa8;--series-4:#b8860b;--series-5:#3fa7b5;--series-6:#d98aa0;--series-7:#6b7a2f;--series-8:#7d5a44;--series-9:#8fb3d9}
body{font-size:10pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}
main{max-width:none;padding:0}
section,main>figure{border:0;padding:0;margin-bottom:18px}
.portfolio{break-before:page}
figure,tr,.tiles{break-inside:avoid}
h2,h3,thead{break-after:avoid}
.scroll{overflow:visible}
.tiles{grid-template-columns:repeat(4,1fr);gap:10px}.tiles strong{font-size:12pt}
table{font-size:8.5pt}.runs{font-size:7pt}
th,td{padding:3px 6px}
.runs .why,.runs .ending{min-width:0}
}
`

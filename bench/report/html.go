package report

import (
	_ "embed" // the template
	"html/template"
	"io"
)

//go:embed page.html.tmpl
var pageText string

// page draws its charts as SVG by itself. The alternatives load a megabyte of
// script from elsewhere, or carry it in every report.
var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"percent": percent, "thousands": thousands, "short": short, "times": times, "number": number,
	"whole": whole, "ofCeiling": Answers.ofCeiling,
	"width": func(share float64) float64 { return round(share * 100) },
	"of":    func(n, all int64) float64 { return ratio(float64(n), float64(all)) },
	"half":  func(a, b float64) float64 { return (a + b) / 2 },
	"row":   func(name string, l Latency) namedLatency { return namedLatency{name, l} },
}).Parse(pageText))

// WriteHTML writes the report as a page that refers to nothing outside itself.
func (r *Report) WriteHTML(w io.Writer) error {
	return page.Execute(w, struct {
		*Report
		Throughput, Latencies lineChart
		Dumbbells             dumbbells
	}{r, r.throughputChart(), r.latencyChart(), r.dumbbells()})
}

type namedLatency struct {
	Name string
	Latency
}

"""Idioms: a line or two that anyone could have written are no copy, even in a small index."""

from __future__ import annotations

import numpy as np
import pytest

from attribution.attributor import Attributor
from attribution.matching.idioms import IDIOMS
from attribution.sketching.sketch import SketchParams
from attribution.types import Label, NewFile, Occurrence, Snippet
from tests.support.memory_index import MemoryIndex

# language, an indexed file, and a function that shares an idiom with it
CODE = {
    "middleware": (
        "go",
        """package limits

func Throttle(limit int) func(http.Handler) http.Handler {
	tokens := make(chan struct{}, limit)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			tokens <- struct{}{}
			defer func() { <-tokens }()
			next.ServeHTTP(w, r)
		})
	}
}
""",
        """func Audience(known *Registry, fallback string) func(http.Handler) http.Handler {
	cached := known.Snapshot(fallback)
	if cached.Stale() {
		cached = known.Reload(fallback, time.Minute)
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			bearer := strings.TrimPrefix(r.Header.Get("X-Audience"), "aud:")
			owner, found := cached.Owner(bearer)
			if !found {
				metrics.Unknown.WithLabelValues(bearer).Inc()
				http.Redirect(w, r, known.Landing(bearer), http.StatusSeeOther)
				return
			}
			ctx := owner.Attach(r.Context(), known.Generation())
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}
""",
    ),
    "table-driven test": (
        "go",
        """package units

func TestParse(t *testing.T) {
	tests := []struct {
		name    string
		input   string
		wantErr bool
	}{{"metre", "4 m", false}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse(tt.input)
			if (err != nil) != tt.wantErr {
				t.Errorf("Parse() error = %v, wantErr %v", err, tt.wantErr)
			}
		})
	}
}
""",
        """func TestHarbourDepth(t *testing.T) {
	tests := []struct {
		name  string
		tide  Tide
		quays []Quay
	}{
		{"spring tide", Tide{Level: 41}, []Quay{north, south}},
		{"neap tide", Tide{Level: 17}, []Quay{south}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			harbour := Survey(tt.tide, soundings)
			open := harbour.OpenQuays(tt.tide.Level)
			if diff := cmp.Diff(tt.quays, open); diff != "" {
				t.Fatalf("quays differ: %s", diff)
			}
		})
	}
}
""",
    ),
    "constructor": (
        "python",
        '''class Gauge(Instrument):
    """A gauge of pressure."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.pressure = 0

    def read(self):
        return self.pressure
''',
        """class Lighthouse(Building):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.lamp = Lamp(self.height, color="white")
        self.sectors = [Sector(start, end) for start, end in self.chart.sectors()]

    def visible_from(self, ship):
        bearing = self.position.bearing_to(ship.position)
        return any(sector.has(bearing) for sector in self.sectors)
""",
    ),
}


@pytest.mark.parametrize("name", CODE)
def test_an_idiom_is_no_copy(name: str) -> None:
    language, indexed, written = CODE[name]
    index = MemoryIndex()
    with index.writer() as writer:
        writer.add([NewFile(indexed.encode(), language, Occurrence("o/r", "indexed"))])
        writer.commit()
    answer = Attributor(index).attribute(Snippet(written.encode(), language))
    assert answer.label in (Label.NONE, Label.COMMON), (answer.reason, answer.confidence)
    whole = Attributor(index).attribute(Snippet(indexed.encode(), language))
    assert whole.label is Label.VERBATIM


def test_the_table_fits_the_lexer() -> None:
    table = np.fromfile(IDIOMS, "<u4")
    assert table[0] == SketchParams().lexer_version, "run `python -m benchmarks.idioms` again"
    assert (np.diff(table[1:].astype(np.int64)) > 0).all()

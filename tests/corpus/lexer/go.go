// Package x does it's things.
package x

import "fmt"
import (
	"os"
	alias "a/b" // named
)

//go:embed file.txt
var s string = `raw "string" with \ backslash`
var multi = `first
second // taken for a comment
last`

type T[K comparable, V any] struct {
	A int `json:"a,omitempty"`
	f func(x ...interface{}) (<-chan int, error)
}

func (t *T[K, V]) Run(ctx context.Context) (n int, err error) {
	r := '\'' + 'x' + '\u00e9' + '世' + '\n'
	for i, v := range xs { go func() { ch <- v; <-ch }() }
	if x, ok := y.(type); !ok && x &^= 1 { return 0x1F, nil }
	_ = 1_000 + 0o17 + 1i + .5 + 1e3 /* inline */ + 2
	defer func() { _ = recover() }() // don't
	lbl: select { case <-a: default: goto lbl }
	return "unterminated
}

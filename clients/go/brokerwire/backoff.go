package brokerwire

import (
	"math/rand/v2"
	"time"
)

const (
	firstDelay   = 100 * time.Millisecond
	longestDelay = 2 * time.Second
)

// backoff doubles from 0.1 s to 2 s; half of it by chance, so that clients do not come back all at once.
type backoff struct{ next time.Duration }

// reset is called when a connection has proved itself.
func (b *backoff) reset() { b.next = firstDelay }

func (b *backoff) delay() time.Duration {
	longest := max(b.next, firstDelay)
	b.next = min(longest*2, longestDelay)
	return jittered(longest)
}

// jittered is between half of a time and all of it.
func jittered(d time.Duration) time.Duration {
	return d/2 + time.Duration(rand.Int64N(int64(d/2)+1))
}

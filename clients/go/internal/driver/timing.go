package main

import (
	"context"
	"fmt"
	"time"

	"github.com/brokerwire/brokerwire/clients/go/brokerwire"
)

// timeSubmits submits an order so many times, one after another, and tells how long each call took.
func (d *driver) timeSubmits(ctx context.Context, s step, line []byte) (any, error) {
	request, err := orderRequest(line)
	if err != nil {
		return nil, err
	}
	times := make([]int64, 0, s.Count)
	for range s.Count {
		begun := time.Now()
		if _, err := d.client.Submit(ctx, request); err != nil {
			return nil, err
		}
		times = append(times, time.Since(begun).Nanoseconds())
	}
	return object{"nanoseconds": times}, nil
}

// timeEvents reads so many events of a stream, and tells how long it took from the first to the last.
func (d *driver) timeEvents(ctx context.Context, s step) (any, error) {
	orders, ok := d.streams[s.Stream].(*brokerwire.Stream[brokerwire.OrderEvent])
	if !ok {
		return nil, fmt.Errorf("not a stream of orders: %s", s.Stream)
	}
	left := s.Count
	var begun time.Time
	for _, err := range orders.Events(ctx) {
		if err != nil {
			return nil, err
		}
		if left == s.Count {
			begun = time.Now()
		}
		if left--; left == 0 {
			break
		}
	}
	return object{"nanoseconds": time.Since(begun).Nanoseconds()}, nil
}

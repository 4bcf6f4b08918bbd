package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/brokerwire/brokerwire/clients/go/brokerwire"
	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

// stream is a stream of any kind.
type stream interface {
	Next(ctx context.Context) (brokerwire.Item, error)
	Close()
}

// store is a token store that outlives its stream.
type store struct{ token string }

func (s *store) Load(context.Context) (string, error)       { return s.token, nil }
func (s *store) Save(_ context.Context, token string) error { s.token = token; return nil }

func (d *driver) openStream(ctx context.Context, s step, line []byte) error {
	var given struct {
		Heartbeat float64
		OnGap     string `json:"on_gap"`
		FillsOnly bool   `json:"fills_only"`
		Types     []string
	}
	if err := json.Unmarshal(line, &given); err != nil {
		return err
	}
	if s.Store == "" {
		s.Store = s.Stream
	}
	kept := d.stores[s.Store]
	if kept == nil {
		kept = &store{}
		d.stores[s.Store] = kept
	}
	if s.Token != nil {
		kept.token = *s.Token
	}
	options := brokerwire.StreamOptions{
		Heartbeat: time.Duration(given.Heartbeat * float64(time.Second)), FailOnGap: given.OnGap == "fail", TokenStore: kept,
	}
	switch s.Kind {
	case "orders":
		d.streams[s.Stream] = d.client.StreamOrders(ctx, brokerwire.OrderStreamOptions{
			StreamOptions: options, FillsOnly: given.FillsOnly,
		})
	case "positions":
		d.streams[s.Stream] = d.client.StreamPositions(ctx, brokerwire.PositionStreamOptions{StreamOptions: options})
	case "events":
		wanted := brokerwire.EventStreamOptions{StreamOptions: options}
		for _, name := range given.Types {
			wanted.Types = append(wanted.Types, brokerwire.EventType(value("EVENT_TYPE_", name, pb.EventType_value)))
		}
		d.streams[s.Stream] = d.client.StreamEvents(ctx, wanted)
	default:
		return fmt.Errorf("no such stream: %s", s.Kind)
	}
	return nil
}

func (d *driver) readStream(ctx context.Context, s step) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, s.patience(30))
	defer cancel()
	items := []object{}
	left := max(s.Until.Count, 1)
	for left > 0 {
		item, err := next(ctx, d.streams[s.Stream], s.EventsOnly)
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.EOF) {
			return object{"items": items, "timed_out": true}, nil
		}
		if err != nil {
			return nil, err
		}
		seen := itemObject(item)
		items = append(items, seen)
		sequence, _ := seen["sequence"].(int64)
		if seen["kind"] == s.Until.Kind && sequence >= s.Until.Sequence {
			left--
		}
	}
	return object{"items": items, "timed_out": false}, nil
}

// next is the next item, or the next event alone.
func next(ctx context.Context, s stream, eventsOnly bool) (brokerwire.Item, error) {
	if orders, ok := s.(*brokerwire.Stream[brokerwire.OrderEvent]); ok && eventsOnly {
		for event, err := range orders.Events(ctx) {
			return event, err
		}
		return nil, io.EOF
	}
	return s.Next(ctx)
}

// itemObject describes one item of a stream.
func itemObject(item brokerwire.Item) object {
	switch item := item.(type) {
	case brokerwire.OrderEvent:
		seen := object{
			"kind": "event", "account_id": item.AccountID, "sequence": item.Sequence, "type": brokerwire.Name(item.Type),
			"order": orderObject(item.Order),
		}
		if fill := item.Fill; fill != nil {
			seen["fill"] = object{
				"fill_id": fill.FillID, "order_id": fill.OrderID, "quantity": fill.Quantity.String(),
				"price": fill.Price.String(), "kind": brokerwire.Name(fill.Kind),
			}
		}
		return seen
	case brokerwire.PositionEvent:
		return object{
			"kind": "event", "account_id": item.AccountID, "sequence": item.Sequence,
			"position": positionObject(item.Position), "conflated": item.Conflated,
		}
	case brokerwire.Event:
		return object{
			"kind": "event", "account_id": item.AccountId, "sequence": item.Sequence, "type": brokerwire.Name(item.Type),
		}
	case brokerwire.Snapshot[brokerwire.Order]:
		return object{"kind": "snapshot", "order": orderObject(item.Value)}
	case brokerwire.Snapshot[brokerwire.Position]:
		return object{"kind": "snapshot", "position": positionObject(item.Value)}
	case brokerwire.SnapshotEnd:
		return object{"kind": "snapshot_end", "item_count": item.ItemCount}
	case brokerwire.Opened:
		return object{"kind": "opened", "mode": brokerwire.Name(item.Mode)}
	case brokerwire.Reset:
		return object{"kind": "reset", "cause": brokerwire.Name(item.Cause)}
	case brokerwire.SourceGap:
		return object{"kind": "source_gap", "phase": brokerwire.Name(item.Phase)}
	case brokerwire.Goodbye:
		return object{"kind": "goodbye", "reason": item.Reason}
	case brokerwire.Disconnected:
		return object{"kind": "disconnected", "error": failure(item.Err)}
	}
	return object{"kind": plainKind(item)}
}

// plainKind is the kind of an item that has nothing to report: CaughtUp is caught_up.
func plainKind(item brokerwire.Item) string {
	name := fmt.Sprintf("%T", item)
	var kind strings.Builder
	for i, r := range name[strings.LastIndex(name, ".")+1:] {
		if i > 0 && r >= 'A' && r <= 'Z' {
			kind.WriteByte('_')
		}
		kind.WriteRune(r)
	}
	return strings.ToLower(kind.String())
}

func orderObject(o brokerwire.Order) object {
	children := []object{}
	for _, child := range o.Children {
		children = append(children, orderObject(child))
	}
	return object{
		"order_id": o.OrderID, "client_order_id": o.ClientOrderID, "account_id": o.AccountID, "version": o.Version,
		"sequence": o.Sequence, "state": brokerwire.Name(o.State), "terminal": o.Terminal, "symbol": o.Symbol,
		"side": brokerwire.Name(o.Side), "type": brokerwire.Name(o.Type), "quantity": o.Quantity,
		"filled_quantity": o.FilledQuantity, "remaining_quantity": o.RemainingQuantity,
		"average_fill_price": o.AverageFillPrice, "limit_price": o.LimitPrice, "stop_price": o.StopPrice,
		"state_reason": brokerwire.Name(o.StateReason), "parent_order_id": o.ParentOrderID,
		"replaces_order_id": o.ReplacesOrderID, "replaced_by_order_id": o.ReplacedByOrderID,
		"deduplicated": o.Deduplicated, "children": children,
	}
}

func positionObject(p brokerwire.Position) object {
	return object{
		"account_id": p.AccountID, "symbol": p.Symbol, "side": brokerwire.Name(p.Side), "quantity": p.Quantity,
		"average_cost": p.AverageCost, "closed": p.Closed,
	}
}

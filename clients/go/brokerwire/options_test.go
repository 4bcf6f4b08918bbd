package brokerwire

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

func TestTheAddressIsTheOptionElseTheEnvironmentElseTheDefault(t *testing.T) {
	t.Setenv("BROKERWIRE_ADDRESS", "127.0.0.1:7")
	for _, c := range []struct {
		options []Option
		address string
	}{
		{nil, "127.0.0.1:7"},
		{[]Option{WithAddress("localhost")}, "localhost:50051"},
		{[]Option{WithAddress("[::1]")}, "[::1]:50051"},
		{[]Option{WithAddress("unix:/run/brokerwire.sock")}, "unix:/run/brokerwire.sock"},
	} {
		if target, err := newTarget(c.options); err != nil || target.address != c.address {
			t.Errorf("%v, %v", target, err)
		}
	}
	t.Setenv("BROKERWIRE_ADDRESS", "")
	if target, err := newTarget(nil); err != nil || target.address != DefaultAddress {
		t.Errorf("%v, %v", target, err)
	}
}

func TestPlaintextStaysOnThisMachine(t *testing.T) {
	for _, address := range []string{"gateway.example:443", "10.0.0.1", "dns:///gateway.example:443", "localhost.example:1"} {
		if _, err := Dial(context.Background(), WithAddress(address)); err == nil || !strings.Contains(err.Error(), "plaintext") {
			t.Errorf("%s: %v", address, err)
		}
		if _, err := Dial(context.Background(), WithAddress(address), WithTLS(nil)); err != nil {
			t.Errorf("%s with TLS: %v", address, err)
		}
	}
	if _, err := Dial(context.Background(), WithAddress("https://localhost:1")); err == nil {
		t.Error("https is no gRPC address")
	}
}

func TestATokenIsInNoText(t *testing.T) {
	token := bearer("secret-token")
	if text := fmt.Sprintf("%v %+v %#v %s", token, token, token, token); strings.Contains(text, "secret-token") {
		t.Error(text)
	}
}

func TestTheServiceConfigRepeatsReadsAlone(t *testing.T) {
	config := serviceConfig()
	for _, read := range []string{"GetOrder", "ListOrders", "PreviewOrder", "GetServerInfo"} {
		if !strings.Contains(config, fmt.Sprintf("%q", read)) {
			t.Errorf("%s is not repeated", read)
		}
	}
	for _, other := range []string{"SubmitOrder", "CancelOrder", "ReplaceOrder", "StreamOrders", "OrderSession", "timeout", "hedging"} {
		if strings.Contains(config, other) {
			t.Errorf("%s is in it", other)
		}
	}
}

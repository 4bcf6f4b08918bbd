package brokerwire

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
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
	sent := metadata{"authorization": "Bearer secret-token"}
	if text := fmt.Sprintf("%v %+v %#v %s", sent, sent, sent, sent); strings.Contains(text, "secret-token") {
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

func TestWhatIsNoTokenIsRefusedWithoutBeingShown(t *testing.T) {
	for _, option := range []Option{WithToken("secret\ntoken"), WithOTP("secret\x00"), WithToken("secr\u00e9t")} {
		if _, err := newTarget([]Option{option}); err == nil || strings.Contains(err.Error(), "secr") {
			t.Error(err)
		}
	}
}

func TestTheOptionsOfTLSGoTogetherInAnyOrder(t *testing.T) {
	certificate, key := selfSigned(t)
	for _, options := range [][]Option{
		{WithTLS(nil), WithCA(certificate), WithClientCertificate(certificate, key)},
		{WithClientCertificate(certificate, key), WithCA(certificate), WithTLS(nil)},
	} {
		var s settings
		for _, option := range options {
			if err := option(&s); err != nil {
				t.Fatal(err)
			}
		}
		if s.tls.RootCAs == nil || len(s.tls.Certificates) != 1 {
			t.Error("an option was lost")
		}
	}
}

// selfSigned writes a certificate and its key, and returns their paths.
func selfSigned(t *testing.T) (certificate, key string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("certificate.pem", "CERTIFICATE", signed), write("key.pem", "PRIVATE KEY", der)
}

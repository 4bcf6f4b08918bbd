package brokerwire

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

type vectorFile struct {
	Seed    string
	KeyID   string `json:"key_id"`
	Now     string
	Vectors []struct{ About, Message, Request, Text, Signature string }
}

// vectors reads the vectors that the clients of all languages share.
func vectors(t *testing.T) (file vectorFile, key ed25519.PrivateKey, now time.Time) {
	t.Helper()
	text, err := os.ReadFile("../../../tests/vectors/signatures.json")
	if err == nil {
		err = json.Unmarshal(text, &file)
	}
	seed, _ := hex.DecodeString(file.Seed)
	nanos, _ := strconv.ParseInt(file.Now, 10, 64)
	if err != nil || len(file.Vectors) < 10 || len(seed) != ed25519.SeedSize {
		t.Fatal("no vectors", err)
	}
	return file, ed25519.NewKeyFromSeed(seed), time.Unix(0, nanos)
}

func signedMessage(t *testing.T, name, encoded string) proto.Message {
	t.Helper()
	kinds := map[string]proto.Message{
		"OrderRequest": &pb.OrderRequest{}, "ReplaceOrderRequest": &pb.ReplaceOrderRequest{},
		"ClosePositionRequest": &pb.ClosePositionRequest{}, "ClosePositionsRequest": &pb.ClosePositionsRequest{},
	}
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err == nil {
		err = proto.Unmarshal(data, kinds[name])
	}
	if err != nil {
		t.Fatal(err)
	}
	return kinds[name]
}

func TestARequestHasTheTextAndSignatureOfItsVector(t *testing.T) {
	file, key, now := vectors(t)
	signer := NewSigner(key, file.KeyID)
	signer.now = func() time.Time { return now }
	for _, vector := range file.Vectors {
		request := signedMessage(t, vector.Message, vector.Request)
		signer.Sign(request)
		if text := CanonicalText(request); text != vector.Text {
			t.Errorf("%s:\n%s\nnot\n%s", vector.About, text, vector.Text)
		}
		signature := request.(interface{ GetSignature() *pb.OrderSignature }).GetSignature().Signature
		if hex.EncodeToString(signature) != vector.Signature {
			t.Errorf("%s: another signature", vector.About)
		}
	}
}

func TestASubmitIsSignedInItsOrderAndACancelNotAtAll(t *testing.T) {
	_, key, _ := vectors(t)
	submit, cancel := &pb.SubmitOrderRequest{Order: &pb.OrderRequest{}}, &pb.CancelOrderRequest{AccountId: "a"}
	NewSigner(key, "k").Sign(submit)
	NewSigner(key, "k").Sign(cancel)
	if len(submit.Order.Signature.GetSignature()) != ed25519.SignatureSize {
		t.Error("the order is not signed")
	}
	if !proto.Equal(cancel, &pb.CancelOrderRequest{AccountId: "a"}) {
		t.Error("the cancel is not what it was")
	}
}

func TestASignerReadsAKeyFileAndShowsNoKey(t *testing.T) {
	_, key, _ := vectors(t)
	file := filepath.Join(t.TempDir(), "key.pem")
	write := func(key any) {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(key)
	signer, err := SignerFromFile(file, "sk_1")
	if err != nil || !signer.key.Equal(key) {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%v %+v %#v", signer, signer, signer); strings.Count(text, "Signer(sk_1)") != 3 {
		t.Error(text)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	write(other)
	if _, err := SignerFromFile(file, "sk_1"); err == nil || !strings.Contains(err.Error(), "Ed25519") {
		t.Error(err)
	}
}

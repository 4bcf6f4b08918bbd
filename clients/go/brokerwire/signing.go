package brokerwire

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

const (
	signatureHeader   = "brokerwire-signature-v1"
	signatureLifetime = 20 * time.Second
)

// Signer signs orders, replaces and closings, for accounts that take signed orders only. It never shows its key. Use it
// from any number of goroutines.
type Signer struct {
	key   ed25519.PrivateKey
	keyID string
	now   func() time.Time
}

// NewSigner signs with key as keyID, the name that the gateway gave the public key. A signature is good for 20 s.
func NewSigner(key ed25519.PrivateKey, keyID string) *Signer {
	return &Signer{key: key, keyID: keyID, now: time.Now}
}

// SignerFromFile signs with the private key in a PEM file (PKCS #8, not encrypted).
func SignerFromFile(path, keyID string) (*Signer, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("brokerwire: %s holds no PEM", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("brokerwire: %s holds no key in PKCS #8", path)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("brokerwire: %s holds a key of another kind; a signing key is Ed25519", path)
	}
	return NewSigner(key, keyID), nil
}

// Sign puts a signature into a request that is complete otherwise, in place of an earlier one. Requests that are never
// signed are left as they are. The client does this by itself; call it for messages that are sent in another way.
func (s *Signer) Sign(request any) {
	signature := &pb.OrderSignature{KeyId: s.keyID, ExpireTime: timestamppb.New(s.now().Add(signatureLifetime))}
	var signed proto.Message
	switch r := request.(type) {
	case *pb.SubmitOrderRequest:
		if r.Order != nil {
			s.Sign(r.Order)
		}
		return
	case *pb.OrderCommand:
		switch c := r.Command.(type) {
		case *pb.OrderCommand_Submit:
			s.Sign(c.Submit)
		case *pb.OrderCommand_Replace:
			s.Sign(c.Replace)
		}
		return
	case *pb.OrderRequest:
		r.Signature, signed = signature, r
	case *pb.ReplaceOrderRequest:
		r.Signature, signed = signature, r
	case *pb.ClosePositionRequest:
		r.Signature, signed = signature, r
	case *pb.ClosePositionsRequest:
		r.Signature, signed = signature, r
	default:
		return
	}
	signature.Signature = ed25519.Sign(s.key, []byte(CanonicalText(signed)))
}

func (s *Signer) String() string   { return "Signer(" + s.keyID + ")" }
func (s *Signer) GoString() string { return s.String() }

// CanonicalText is what is signed of a request, as OrderSignature defines it. Fields that are not known are not in it.
func CanonicalText(request proto.Message) string {
	var text strings.Builder
	message := request.ProtoReflect()
	fmt.Fprintf(&text, "%s\n%s\n", signatureHeader, message.Descriptor().Name())
	writeLines(&text, message, "")
	return text.String()
}

func writeLines(text *strings.Builder, message protoreflect.Message, path string) {
	fields := message.Descriptor().Fields()
	inOrder := make([]protoreflect.FieldDescriptor, fields.Len())
	for i := range inOrder {
		inOrder[i] = fields.Get(i)
	}
	slices.SortFunc(inOrder, func(a, b protoreflect.FieldDescriptor) int { return int(a.Number() - b.Number()) })
	for _, field := range inOrder {
		if !message.Has(field) || field.FullName() == "brokerwire.v1.OrderSignature.signature" {
			continue
		}
		name, value := path+string(field.Name()), message.Get(field)
		switch {
		case field.IsMap():
			writeMap(text, value.Map(), name)
		case field.IsList():
			for i := range value.List().Len() {
				writeValue(text, field, value.List().Get(i), fmt.Sprintf("%s[%d]", name, i))
			}
		default:
			writeValue(text, field, value, name)
		}
	}
}

func writeMap(text *strings.Builder, entries protoreflect.Map, path string) {
	var keys []string
	for key := range entries.Range {
		keys = append(keys, key.String())
	}
	slices.SortFunc(keys, func(a, b string) int { return bytes.Compare([]byte(a), []byte(b)) })
	for i, key := range keys {
		value := entries.Get(protoreflect.ValueOfString(key).MapKey()).String()
		fmt.Fprintf(text, "%s[%d].key=%s\n%s[%d].value=%s\n", path, i, escaped(key), path, i, escaped(value))
	}
}

func writeValue(text *strings.Builder, field protoreflect.FieldDescriptor, value protoreflect.Value, path string) {
	if field.Kind() != protoreflect.MessageKind {
		fmt.Fprintf(text, "%s=%s\n", path, scalar(field, value))
		return
	}
	switch m := value.Message().Interface().(type) {
	case *pb.Decimal:
		fmt.Fprintf(text, "%s=%s\n", path, escaped(m.Value))
	case *timestamppb.Timestamp:
		fmt.Fprintf(text, "%s=%d\n", path, m.Seconds*int64(time.Second)+int64(m.Nanos))
	default:
		before := text.Len()
		writeLines(text, value.Message(), path+".")
		if text.Len() == before {
			fmt.Fprintf(text, "%s=\n", path)
		}
	}
}

func scalar(field protoreflect.FieldDescriptor, value protoreflect.Value) string {
	switch field.Kind() {
	case protoreflect.EnumKind:
		if known := field.Enum().Values().ByNumber(value.Enum()); known != nil {
			return string(known.Name())
		}
		return strconv.Itoa(int(value.Enum()))
	case protoreflect.StringKind:
		return escaped(value.String())
	}
	return fmt.Sprint(value.Interface())
}

var escapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`)

func escaped(text string) string { return escapes.Replace(text) }

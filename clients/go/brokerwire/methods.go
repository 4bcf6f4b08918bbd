package brokerwire

import (
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

// unaryReads holds the paths of the unary methods that change nothing, as the contract says.
var unaryReads = findReads()

func findReads() map[string]protoreflect.MethodDescriptor {
	found := map[string]protoreflect.MethodDescriptor{}
	contract := pb.File_brokerwire_v1_order_service_proto.Package()
	protoregistry.GlobalFiles.RangeFilesByPackage(contract, func(file protoreflect.FileDescriptor) bool {
		for s := range file.Services().Len() {
			methods := file.Services().Get(s).Methods()
			for m := range methods.Len() {
				if method := methods.Get(m); isUnaryRead(method) {
					found[fmt.Sprintf("/%s/%s", method.Parent().FullName(), method.Name())] = method
				}
			}
		}
		return true
	})
	return found
}

func isUnaryRead(method protoreflect.MethodDescriptor) bool {
	options, _ := method.Options().(*descriptorpb.MethodOptions)
	reads := options.GetIdempotencyLevel() == descriptorpb.MethodOptions_NO_SIDE_EFFECTS
	return reads && !method.IsStreamingServer() && !method.IsStreamingClient()
}

// serviceConfig says that unary reads are tried again when the gateway is away, and nothing else is. It holds no
// timeouts, which the client sets itself; streams are left out, because they resume by token.
func serviceConfig() string {
	type name struct {
		Service string `json:"service"`
		Method  string `json:"method"`
	}
	names := make([]name, 0, len(unaryReads))
	for _, method := range unaryReads {
		names = append(names, name{string(method.Parent().FullName()), string(method.Name())})
	}
	config := map[string]any{"methodConfig": []any{map[string]any{
		"name": names,
		"retryPolicy": map[string]any{
			"maxAttempts":          4,
			"initialBackoff":       "0.1s",
			"maxBackoff":           "2s",
			"backoffMultiplier":    2,
			"retryableStatusCodes": []string{"UNAVAILABLE"},
		},
	}}}
	text, err := json.Marshal(config)
	if err != nil {
		panic(err) // strings and numbers alone
	}
	return string(text)
}

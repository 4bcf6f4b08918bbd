package brokerwire

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	grpcbackoff "google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
)

const (
	// DefaultAddress is where a gateway listens unless it is told otherwise.
	DefaultAddress = "127.0.0.1:50051"
	// DefaultTimeout is the deadline of every call that has no earlier one.
	DefaultTimeout = 10 * time.Second

	defaultPort = "50051"
	maxMessage  = 16 << 20
)

// Option changes how Dial reaches the gateway.
type Option func(*settings) error

type settings struct {
	address, account string
	metadata         metadata
	timeout          time.Duration
	tls              *tls.Config
	signer           *Signer
	extra            []grpc.DialOption
}

// WithAddress names the gateway, as "host:port" or "unix:path". Without it, BROKERWIRE_ADDRESS does, else
// DefaultAddress.
func WithAddress(address string) Option {
	return func(s *settings) error { s.address = address; return nil }
}

// WithAccount names the account to work on. Without it, the only one that the gateway has is meant.
func WithAccount(id string) Option {
	return func(s *settings) error { s.account = id; return nil }
}

// WithToken sends a bearer token with every call.
func WithToken(token string) Option {
	return func(s *settings) error { return s.add("authorization", "Bearer "+token) }
}

// WithOTP sends a code of the second factor with every call. A code is good for one: make such a client for one act.
func WithOTP(code string) Option {
	return func(s *settings) error { return s.add("brokerwire-otp", code) }
}

// WithSigner signs every order, replace and closing, those on Conn too.
func WithSigner(signer *Signer) Option {
	return func(s *settings) error { s.signer = signer; return nil }
}

// WithTimeout is the deadline of every unary call that has no earlier one.
func WithTimeout(d time.Duration) Option {
	return func(s *settings) error { s.timeout = d; return nil }
}

// WithTLS verifies the gateway by config; nil means by the system's certificate authorities.
func WithTLS(config *tls.Config) Option {
	return func(s *settings) error {
		if config == nil {
			s.secure()
		} else {
			s.tls = config.Clone()
		}
		return nil
	}
}

// WithCA verifies the gateway by the certificate authority in a PEM file.
func WithCA(path string) Option {
	return func(s *settings) error {
		pem, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return fmt.Errorf("brokerwire: %s holds no PEM certificate", path)
		}
		s.secure().RootCAs = roots
		return nil
	}
}

// WithClientCertificate proves by a certificate who calls: the paths of it and of its private key, both PEM.
func WithClientCertificate(certificate, key string) Option {
	return func(s *settings) error {
		pair, err := tls.LoadX509KeyPair(certificate, key)
		if err != nil {
			return err
		}
		s.secure().Certificates = []tls.Certificate{pair}
		return nil
	}
}

// secure is the configuration of TLS, which is in use from then on.
func (s *settings) secure() *tls.Config {
	if s.tls == nil {
		s.tls = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return s.tls
}

func (s *settings) add(name, value string) error {
	if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) {
		return fmt.Errorf("brokerwire: %s has characters that it cannot have", name)
	}
	if s.metadata == nil {
		s.metadata = metadata{}
	}
	s.metadata[name] = value
	return nil
}

// WithDialOption adds an option of grpc: an interceptor, a stats handler.
func WithDialOption(option grpc.DialOption) Option {
	return func(s *settings) error { s.extra = append(s.extra, option); return nil }
}

// target is a gateway and what a connection to it needs.
type target struct {
	address string
	account string
	timeout time.Duration
	signer  *Signer
	options []grpc.DialOption
}

func newTarget(options []Option) (*target, error) {
	s := settings{address: os.Getenv("BROKERWIRE_ADDRESS"), timeout: DefaultTimeout}
	for _, option := range options {
		if err := option(&s); err != nil {
			return nil, err
		}
	}
	if s.address == "" {
		s.address = DefaultAddress
	}
	address, err := withPort(s.address)
	if err != nil {
		return nil, err
	}
	local := isLocal(address)
	if s.tls == nil && !local {
		return nil, fmt.Errorf("brokerwire: %s is not on this machine, and plaintext would show orders and tokens to "+
			"the network: use WithTLS, or WithCA with the gateway's certificate authority", address)
	}
	t := &target{address: address, account: s.account, timeout: s.timeout, signer: s.signer}
	t.options = append(t.channelOptions(&s, local), s.extra...)
	return t, nil
}

func (t *target) channelOptions(s *settings, local bool) []grpc.DialOption {
	retry := grpcbackoff.Config{BaseDelay: 200 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 2 * time.Second}
	options := []grpc.DialOption{
		grpc.WithDefaultServiceConfig(serviceConfig()),
		grpc.WithDisableServiceConfig(), // no look-up of another
		// A silent connection is found out. The gateway allows a ping every 10 s.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 20 * time.Second, Timeout: 10 * time.Second}),
		// The default grows to two minutes, which a stream would have to wait out after an outage.
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: retry, MinConnectTimeout: time.Second}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)),
		grpc.WithChainUnaryInterceptor(t.intercept),
	}
	transport := insecure.NewCredentials()
	if s.tls != nil {
		transport = credentials.NewTLS(s.tls)
	}
	options = append(options, grpc.WithTransportCredentials(transport))
	if s.metadata != nil {
		options = append(options, grpc.WithPerRPCCredentials(s.metadata))
	}
	if local {
		options = append(options, grpc.WithNoProxy())
	}
	return options
}

func withPort(address string) (string, error) {
	if strings.Contains(address, "://") && !strings.HasPrefix(address, "dns://") && !strings.HasPrefix(address, "unix://") {
		return "", fmt.Errorf("brokerwire: %s is no gRPC address: write host:port or unix:path", address)
	}
	host := address
	if strings.HasPrefix(address, "[") {
		host = address[strings.LastIndex(address, "]")+1:]
	}
	if strings.Contains(host, ":") {
		return address, nil
	}
	return address + ":" + defaultPort, nil
}

func isLocal(address string) bool {
	if strings.HasPrefix(address, "unix:") || strings.HasPrefix(address, "unix-abstract:") {
		return true
	}
	endpoint := strings.TrimPrefix(address, "dns:")
	endpoint = endpoint[strings.LastIndex(endpoint, "/")+1:]
	host, _, err := net.SplitHostPort(endpoint)
	if err != nil {
		return false
	}
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// The test function for aws-lambda-go.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type request struct {
	Do   string `json:"do"`
	Size int    `json:"size"`
	Gate string `json:"gate"`
}

type oddError struct{ text string }

func (e *oddError) Error() string { return e.text }

var calls int

func handle(ctx context.Context, event json.RawMessage) (any, error) {
	calls++
	var ask request
	_ = json.Unmarshal(event, &ask)
	switch ask.Do {
	case "fail":
		return nil, &oddError{"told to"}
	case "panic":
		panic("told to")
	case "hang":
		time.Sleep(time.Hour)
	case "big":
		return strings.Repeat("x", ask.Size-2), nil
	case "length":
		return len(event), nil
	}
	known, _ := lambdacontext.FromContext(ctx)
	deadline, _ := ctx.Deadline()
	return map[string]any{
		"event": event, "pid": os.Getpid(), "calls": calls, "id": known.AwsRequestID,
		"arn": known.InvokedFunctionArn, "trace": os.Getenv("_X_AMZN_TRACE_ID"),
		"name": lambdacontext.FunctionName, "version": lambdacontext.FunctionVersion,
		"memory": lambdacontext.MemoryLimitInMB, "remaining": time.Until(deadline).Milliseconds(),
		"client_context": map[string]any{"custom": known.ClientContext.Custom},
	}, nil
}

// "second", or an error, as soon as the test writes a line to the gate.
type gated struct{ ask request }

func (g gated) Read([]byte) (int, error) {
	fmt.Println("at the gate")
	if file, err := os.Open(g.ask.Gate); err == nil {
		_, _ = file.Read(make([]byte, 1))
		file.Close()
	}
	if g.ask.Do == "break" {
		return 0, &oddError{"midway"}
	}
	return 0, io.EOF
}

// Plain, as InvokeWithResponseStream has it, or with the prelude of a function URL.
func stream(_ context.Context, event json.RawMessage) (any, error) {
	var ask request
	_ = json.Unmarshal(event, &ask)
	if ask.Do == "early" {
		return nil, errors.New("before the first byte")
	}
	if ask.Do != "" {
		return io.MultiReader(strings.NewReader("first,"), gated{ask}, strings.NewReader("second")), nil
	}
	return &events.LambdaFunctionURLStreamingResponse{
		StatusCode: 201,
		Headers:    map[string]string{"Content-Type": "text/plain", "X-Odd": "yes"},
		Cookies:    []string{"a=1", "b=2"},
		Body:       strings.NewReader("from a stream"),
	}, nil
}

func main() {
	switch os.Getenv("_HANDLER") {
	case "init.exit":
		os.Exit(1)
	case "stream.handler":
		lambda.Start(stream)
	default:
		lambda.Start(handle)
	}
}

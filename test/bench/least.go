// The least a Go program does that waits for a port (tcp HOST:PORT) or an address (http URL): no flags, no drivers, no
// log. A bound from below for whatever waits in Go.
package main

import (
	"net"
	"net/http"
	"os"
	"time"
)

func ready(kind, target string) bool {
	if kind == "tcp" {
		conn, err := net.DialTimeout("tcp", target, 3*time.Second)
		if err != nil {
			return false
		}
		conn.Close()
		return true
	}
	client := http.Client{Timeout: 3 * time.Second}
	answer, err := client.Get(target)
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode/100 == 2
}

func main() {
	if len(os.Args) < 3 {
		return
	}
	for !ready(os.Args[1], os.Args[2]) {
		time.Sleep(100 * time.Millisecond)
	}
}

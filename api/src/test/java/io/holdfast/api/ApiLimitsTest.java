package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What callers may take of the controller: memory, connections, streams. */
class ApiLimitsTest extends ApiFixture {

    /** Short, for those who wait for it; long enough to begin 64 bodies on a busy machine. */
    @Override
    Duration deadline() {
        return Duration.ofSeconds(3);
    }

    @Test
    void bodiesThatAreSentSlowlyTakeNoMoreRoomThanTheirSenderMayHave() throws Exception {
        List<Socket> slow = new java.util.ArrayList<>();
        try {
            // A caller may have 4 MiB of bodies under way, which is 64 of the longest.
            for (int i = 0; i < 64; i++) {
                slow.add(beginBody(BLUE));
            }
            assertThat(send("GET", "/v2.1/servers", BLUE, null, null).statusCode())
                    .isEqualTo(200);
            try (Socket another = beginBody(BLUE)) {
                assertThat(firstLine(another)).startsWith("HTTP/1.1 503 ");
            }
            try (Socket others = beginBody(RED)) {
                assertThat(answer(others)).startsWith("HTTP/1.1 408 ").contains("did not come within 3 s");
            }
            for (Socket socket : slow) {
                assertThat(answer(socket)).startsWith("HTTP/1.1 408 ");
            }
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
        // Their room is free again.
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(send(
                                        "POST",
                                        "/v2.1/servers",
                                        BLUE,
                                        null,
                                        "{\"server\": \"" + "x".repeat(60_000) + "\"}")
                                .statusCode())
                        .isEqualTo(400));
    }

    /** All of a request of the greatest length but its body. */
    private Socket beginBody(String token) throws IOException {
        Socket socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout((int) LIMIT.toMillis());
        socket.getOutputStream()
                .write(("POST /v2.1/servers HTTP/1.1\r\nHost: x\r\nX-Auth-Token: " + token
                                + "\r\nContent-Type: application/json\r\nContent-Length: 65536\r\n\r\n{")
                        .getBytes(StandardCharsets.UTF_8));
        return socket;
    }

    private static String firstLine(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)).readLine();
    }

    /** Everything until the server closes the connection. */
    private static String answer(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void connectionsAreLimitedAndTheirPlacesAreGivenBack() throws Exception {
        List<Socket> open = new java.util.ArrayList<>();
        try {
            for (int i = 0; i < CONNECTIONS_MAX; i++) {
                open.add(new Socket("127.0.0.1", port));
            }
            await().atMost(LIMIT).untilAsserted(() -> {
                try (Socket another = new Socket("127.0.0.1", port)) {
                    another.setSoTimeout(1000);
                    assertThat(another.getInputStream().read()).isEqualTo(-1);
                }
            });
        } finally {
            for (Socket socket : open) {
                socket.close();
            }
        }
        await().atMost(LIMIT)
                .ignoreExceptions()
                .until(() -> get("/ha/v1/health", null).statusCode() == 200);
    }

    @Test
    void streamsAreLimited() throws Exception {
        // Two in all, one of them for members.
        stream(BLUE, "0", new CopyOnWriteArrayList<>());
        await().atMost(LIMIT).until(() -> server.streams() == 1);
        assertThat(streamStatus(BLUE)).isEqualTo(503);
        stream(ADMIN, "0", new CopyOnWriteArrayList<>());
        await().atMost(LIMIT).until(() -> server.streams() == 2);
        assertThat(streamStatus(ADMIN)).isEqualTo(503);
    }

    @Test
    void aLongPastIsStreamedAsFastAsItIsReadAndWhole() throws Exception {
        AtomicInteger heard = new AtomicInteger();
        AutoCloseable listening = notifications.listen(null, one -> heard.incrementAndGet());
        for (int i = 0; i < 2000; i++) {
            ledger.append(fact("host.suspected", "blue"));
        }
        ledger.dispatch(2000, Instant.now());
        // Who listens already is shown them now. A stream that began before that would be dropped: they are too many.
        await().atMost(LIMIT).until(() -> heard.get() == 2000);
        listening.close();
        List<String> lines = new CopyOnWriteArrayList<>();
        CompletableFuture<Void> stream = stream(BLUE, "0", lines);
        await().atMost(LIMIT).until(() -> lines.contains("id: 2000"));
        assertThat(lines.stream().filter(line -> line.startsWith("id: "))).hasSize(2000);
        server.close();
        stream.get(10, java.util.concurrent.TimeUnit.SECONDS);
    }

    @Test
    void aRequestThatTakesTooLongIsAnswered503() throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        cloud.before = () -> {
            try {
                assertThat(answered.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        HttpResponse<String> response = get("/v2.1/servers", BLUE);
        answered.countDown();
        assertFault(response, 503, "serviceUnavailable");
        assertThat(response.headers().firstValue("Retry-After")).isPresent();
    }

    private int streamStatus(String token) throws Exception {
        HttpResponse<java.util.stream.Stream<String>> answer = http.send(
                request("/ha/v1/events", token)
                        .header("Accept", "text/event-stream")
                        .GET()
                        .build(),
                HttpResponse.BodyHandlers.ofLines());
        answer.body().close();
        return answer.statusCode();
    }
}

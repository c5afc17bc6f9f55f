package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.api.ApiSettings.Role;
import io.holdfast.api.ApiSettings.Token;
import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.ApiService;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.FaultShape;
import io.holdfast.api.http.Faults;
import io.holdfast.api.http.Microversions;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Policy;
import io.holdfast.api.http.Reply;
import io.holdfast.api.http.Rule;
import io.holdfast.api.http.Streaming;
import io.holdfast.secrets.SecretReader;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bodies that no memory holds, in and out. */
final class StreamingTest extends ApiFixture {

    private static final int LONG = 5_000_000;

    private final Store leader = new Store();
    private final Store other = new Store();
    private final AtomicReference<Lead> lead = new AtomicReference<>(new Lead.Here());
    private ApiServer leading;
    private ApiServer following;
    private int leadingPort;
    private int followingPort;

    @BeforeEach
    void startBoth() throws Exception {
        leading = server(leader, Lead.Here::new);
        leadingPort = leading.start();
        following = server(other, lead::get);
        followingPort = following.start();
        port = leadingPort;
    }

    @AfterEach
    void stopBoth() {
        following.close();
        leading.close();
    }

    @Test
    void aLongBodyComesInAndGoesOutAsItIs() throws Exception {
        byte[] content = content();
        assertThat(put(ADMIN, content).body()).isEqualTo("{\"bytes\":" + LONG + "}");
        assertThat(leader.content).isEqualTo(content);
        HttpResponse<byte[]> read = http.send(request("/long/one", BLUE).GET().build(), BodyHandlers.ofByteArray());
        assertThat(read.headers().firstValue("Content-Length")).contains(String.valueOf(LONG));
        assertThat(read.headers().firstValue("X-Sum")).contains("sum");
        assertThat(read.body()).isEqualTo(content);
    }

    @Test
    void aBodyOfUnknownLengthComesInToo() throws Exception {
        HttpResponse<String> answer = http.send(
                request("/long/one", ADMIN)
                        .header("Content-Type", "application/octet-stream")
                        .PUT(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(content())))
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(leader.announced).isEqualTo(-1);
    }

    @Test
    void whoMayNotIsRefusedBeforeTheBodyIsRead() throws Exception {
        assertThat(put(BLUE, content()).statusCode()).isEqualTo(403);
        assertThat(put("wrong", content()).statusCode()).isEqualTo(401);
        assertThat(leader.content).isEmpty();
        HttpResponse<String> text = http.send(
                request("/long/one", ADMIN)
                        .header("Content-Type", "text/plain")
                        .PUT(BodyPublishers.ofString("x"))
                        .build(),
                BodyHandlers.ofString());
        assertThat(text.statusCode()).isEqualTo(415);
        // An operation that refuses in the middle is heard, although the rest is not read.
        leader.refuses = true;
        assertThat(put(ADMIN, content()).statusCode()).isEqualTo(409);
    }

    @Test
    void whoSendsNothingIsGivenUpAndThereIsRoomForSoMany() throws Exception {
        try (Socket silent = begin();
                Socket second = begin()) {
            await().atMost(LIMIT).until(() -> leader.reading.get() == 2);
            assertThat(put(ADMIN, content()).statusCode()).isEqualTo(503);
            silent.setSoTimeout((int) LIMIT.toMillis());
            byte[] first = silent.getInputStream().readNBytes(12);
            assertThat(new String(first, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 400");
            assertThat(second.isConnected()).isTrue();
        }
        await().atMost(LIMIT).until(() -> put(ADMIN, content()).statusCode() == 200);
    }

    @Test
    void whoGoesAwayIsNoticedAtOnce() throws Exception {
        try (Socket going = begin()) {
            // Gone before it was heard at all, there would be nothing to notice.
            assertThat(going.isConnected()).isTrue();
            await().atMost(LIMIT).until(() -> leader.reading.get() == 1);
        }
        await().atMost(LIMIT).until(() -> leader.problem.get().contains("broke off"));
    }

    @Test
    void aFollowerHandsABodyOnAsItComes() throws Exception {
        lead.set(new Lead.Elsewhere(URI.create("http://127.0.0.1:" + leadingPort)));
        port = followingPort;
        byte[] content = content();
        HttpResponse<String> answer = put(ADMIN, content);
        assertThat(answer.body()).isEqualTo("{\"bytes\":" + LONG + "}");
        assertThat(leader.content).isEqualTo(content);
        assertThat(leader.announced).isEqualTo(LONG);
        assertThat(other.content).isEmpty();
        leader.refuses = true;
        assertThat(put(ADMIN, content).statusCode()).isEqualTo(409);
    }

    @Test
    void contentThatEndsTooEarlyEndsTheConnection() {
        leader.content = new byte[1000];
        leader.missing = 1;
        org.assertj.core.api.Assertions.assertThatThrownBy(
                        () -> http.send(request("/long/one", BLUE).GET().build(), BodyHandlers.ofByteArray()))
                .isInstanceOf(IOException.class);
    }

    /** A request that has sent one byte of many. */
    private Socket begin() throws IOException {
        Socket socket = new Socket("127.0.0.1", port);
        socket.getOutputStream()
                .write(("PUT /long/one HTTP/1.1\r\nHost: x\r\nX-Auth-Token: " + ADMIN
                                + "\r\nContent-Type: application/octet-stream\r\nContent-Length: 100\r\n\r\nx")
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private HttpResponse<String> put(String token, byte[] content) throws IOException, InterruptedException {
        return http.send(
                request("/long/one", token)
                        .header("Content-Type", "application/octet-stream")
                        .PUT(BodyPublishers.ofByteArray(content))
                        .build(),
                BodyHandlers.ofString());
    }

    private static byte[] content() {
        byte[] content = new byte[LONG];
        new Random(1).nextBytes(content);
        return content;
    }

    private ApiServer server(Store store, java.util.function.Supplier<Lead> leads) throws Exception {
        return new ApiServer(
                vertx,
                Parts.of(cloud, notifications, store),
                "one",
                leads,
                new ApiSettings(
                        "127.0.0.1",
                        0,
                        null,
                        false,
                        List.of(
                                new Token("root", Role.ADMIN, "admin", hash(ADMIN)),
                                new Token("ann", Role.MEMBER, "blue", hash(BLUE))),
                        Duration.ofSeconds(1),
                        16,
                        64 * 1024,
                        2,
                        CONNECTIONS_MAX,
                        3,
                        MonitorSettings.defaults(),
                        AuditSettings.defaults()),
                SecretReader.ofCommand(Map.of()));
    }

    /** Keeps one long text. */
    private static final class Store implements ApiService {

        private volatile byte[] content = new byte[0];
        private volatile long announced;
        private volatile boolean refuses;
        private volatile int missing;
        private final AtomicInteger reading = new AtomicInteger();
        private final AtomicReference<String> problem = new AtomicReference<>("");

        private Reply put(Call call) {
            if (refuses) {
                throw ApiFault.conflict("not now");
            }
            announced = call.stream().bytes();
            reading.incrementAndGet();
            try {
                content = call.stream().stream().readAllBytes();
            } catch (IOException e) {
                problem.set(String.valueOf(e.getMessage()));
                throw ApiFault.badRequest(String.valueOf(e.getMessage()));
            } finally {
                reading.decrementAndGet();
            }
            return Reply.ok(new JsonObject().put("bytes", content.length));
        }

        private Reply get(Call call) {
            InputStream in = new ByteArrayInputStream(content, 0, content.length - missing);
            return Reply.streamed(new Reply.Stream("application/octet-stream", content.length, in))
                    .with("X-Sum", "sum");
        }

        @Override
        public String type() {
            return "long";
        }

        @Override
        public String prefix() {
            return "/long";
        }

        @Override
        public String contract() {
            return """
                    openapi: 3.1.0
                    info: {title: Long, version: "1"}
                    paths:
                      /long/{id}:
                        parameters:
                          - {name: id, in: path, required: true, schema: {type: string}}
                        put:
                          operationId: put
                          requestBody: {content: {application/octet-stream: {schema: {type: string}}}}
                          responses: {"200": {description: done}}
                        get:
                          operationId: get
                          responses: {"200": {description: done}}
                    """;
        }

        @Override
        public Map<String, Operation> operations() {
            return Map.of("put", this::put, "get", this::get);
        }

        @Override
        public Policy policy() {
            return Policy.table().put(Rule.ADMIN, "put").put(Rule.READER, "get").done();
        }

        @Override
        public boolean isOpen(HttpMethod method, String path) {
            return false;
        }

        @Override
        public @Nullable Microversions microversions(String path) {
            return null;
        }

        @Override
        public Streaming streaming() {
            return new Streaming(Set.of("put", "get"), 2, Duration.ofSeconds(1), Duration.ofSeconds(20));
        }

        @Override
        public FaultShape faults() {
            return Faults::nova;
        }
    }
}

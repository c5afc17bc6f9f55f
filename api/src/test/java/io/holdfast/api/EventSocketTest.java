package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.model.Fact;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The feed over a WebSocket, with the JDK's client. */
class EventSocketTest extends ApiFixture {

    @Test
    void tellsWhatWasMissedAndWhatHappensToItsProjectAlone() throws Exception {
        ledger.append(fact("instance.suspected", "blue"));
        ledger.append(fact("instance.suspected", "red"));
        ledger.append(fact("instance.recovered", "blue"));
        ledger.dispatch(10, Instant.now());
        Listener heard = new Listener();
        WebSocket socket = open("?after=1", BLUE, heard);
        await().atMost(LIMIT).until(() -> heard.events.size() == 1);
        assertThat(heard.events.getFirst().getLong("number")).isEqualTo(3);
        assertThat(heard.events.getFirst().getString("severity")).isEqualTo("info");

        Fact told = fact("instance.cleared", "blue");
        notifications.tellNow(List.of(told, fact("instance.cleared", "red")));
        await().atMost(LIMIT).until(() -> heard.events.size() == 3);
        assertThat(heard.events.subList(1, 3))
                .allMatch(one -> one.getString("id").equals(told.id().toString()));
        assertThat(heard.events.get(1).getValue("number")).isNull();
        assertThat(heard.events.get(2).getLong("number")).isEqualTo(4);
        assertThat(server.streams()).isEqualTo(1);
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
        await().atMost(LIMIT).until(() -> server.streams() == 0);
    }

    @Test
    void aBrowserBringsItsTokenAsASubprotocol() throws Exception {
        String token = Base64.getUrlEncoder().withoutPadding().encodeToString(BLUE.getBytes(StandardCharsets.UTF_8));
        Listener heard = new Listener();
        WebSocket socket = http.newWebSocketBuilder()
                .subprotocols("holdfast.events.v1", "holdfast.token." + token)
                // From the first on: the socket is open a moment before the stream begins, which is what it would else
                // begin with.
                .buildAsync(uri("?after=0"), heard)
                .join();
        assertThat(socket.getSubprotocol()).isEqualTo("holdfast.events.v1");
        notifications.tellNow(List.of(fact("instance.cleared", "blue")));
        await().atMost(LIMIT).until(() -> !heard.events.isEmpty());
        for (String wrong : List.of("holdfast.token.AAAA", "holdfast.token.!", "other")) {
            assertThatThrownBy(() -> http.newWebSocketBuilder()
                            .subprotocols("holdfast.events.v1", wrong)
                            .buildAsync(uri(""), new Listener())
                            .join())
                    .isInstanceOf(CompletionException.class);
        }
        // Anywhere else the token is a header, and nothing else.
        assertThat(http.send(
                                request("/v2.1/servers", null)
                                        .header("Sec-WebSocket-Protocol", "holdfast.token." + token)
                                        .GET()
                                        .build(),
                                java.net.http.HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void whoIsNotAWebSocketIsToldSo() throws Exception {
        assertFault(get("/ha/v1/events/ws", BLUE), 400, "badRequest");
        assertFault(get("/ha/v1/events/ws?after=-1", BLUE), 400, "badRequest");
    }

    @Test
    void aClientThatSpeaksIsDisconnectedAndTheEndOfTheServerSaysWhy() throws Exception {
        Listener talker = new Listener();
        WebSocket socket = open("", BLUE, talker);
        socket.sendText("hello", true).join();
        await().atMost(LIMIT).until(() -> talker.code != 0);
        assertThat(talker.code).isEqualTo(1003);
        await().atMost(LIMIT).until(() -> server.streams() == 0);

        Listener quiet = new Listener();
        open("", BLUE, quiet);
        await().atMost(LIMIT).until(() -> server.streams() == 1);
        server.close();
        await().atMost(LIMIT).until(() -> quiet.code != 0);
        assertThat(quiet.code).isEqualTo(1013);
        assertThat(quiet.reason).isEqualTo("the controller stops");
    }

    @Test
    void aClientThatReadsTooSlowlyIsDisconnectedWithAReason() throws Exception {
        Listener slow = new Listener();
        slow.reads = false;
        WebSocket socket = open("", ADMIN, slow);
        await().atMost(LIMIT).until(() -> server.streams() == 1);
        String much = "x".repeat(60_000);
        for (int round = 0; round < 600 && server.streams() == 1; round++) {
            notifications.tellNow(List.of(
                    new Fact(UUID.randomUUID(), "host.held", "host/h1", null, Instant.now(), Map.of("reason", much))));
        }
        await().atMost(LIMIT).until(() -> server.streams() == 0);
        slow.reads = true;
        socket.request(Long.MAX_VALUE);
        await().atMost(LIMIT).until(() -> slow.code != 0);
        assertThat(slow.code).isEqualTo(1013);
        assertThat(slow.reason).contains("reads too slowly");
    }

    @Test
    void membersLeaveRoomForOperators() throws Exception {
        open("", BLUE, new Listener());
        assertThatThrownBy(() -> open("", BLUE, new Listener())).isInstanceOf(CompletionException.class);
        assertThat(open("", ADMIN, new Listener()).isInputClosed()).isFalse();
        assertThat(server.streams()).isEqualTo(2);
    }

    private WebSocket open(String query, String token, Listener listener) {
        HttpClient client = http;
        return client.newWebSocketBuilder()
                .header("X-Auth-Token", token)
                .buildAsync(uri(query), listener)
                .join();
    }

    private URI uri(String query) {
        return URI.create("ws://127.0.0.1:" + port + "/ha/v1/events/ws" + query);
    }

    private static final class Listener implements WebSocket.Listener {

        private final List<JsonObject> events = new CopyOnWriteArrayList<>();
        private final StringBuilder text = new StringBuilder();
        private volatile boolean reads = true;
        private volatile int code;
        private volatile String reason = "";

        @Override
        public void onOpen(WebSocket socket) {
            if (reads) {
                socket.request(Long.MAX_VALUE);
            }
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                events.add(new JsonObject(text.toString()));
                text.setLength(0);
            }
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String why) {
            reason = why;
            code = status;
            return null;
        }
    }
}

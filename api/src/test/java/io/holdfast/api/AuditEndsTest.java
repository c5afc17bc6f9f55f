package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.api.audit.AuditBook;
import io.holdfast.api.audit.AuditLine;
import io.holdfast.model.FlavorId;
import io.holdfast.store.StoreUnavailable;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** However a change ends, its line says so once, and truly. */
final class AuditEndsTest extends ApiFixture {

    private static final String FLAVOR =
            "{\"flavor\": {\"name\": \"%s\", \"id\": \"%s\", \"ram\": 64, \"vcpus\": 1, \"disk\": 1}}";
    private static final String SERVER = "{\"server\": {\"name\": \"vm\", \"flavorRef\": \"small\", \"imageRef\": \""
            + IMAGE + "\", \"networks\": \"none\"}}";

    private boolean closed;

    /** Short, for those who wait for it. */
    @Override
    Duration deadline() {
        return Duration.ofSeconds(1);
    }

    @Override
    void stop() {
        if (!closed) {
            super.stop();
        }
    }

    private List<AuditLine> lines(String operation) {
        return auditBook.list(AuditBook.Filter.ALL, 100).stream()
                .filter(line -> line.operation().equals(operation))
                .toList();
    }

    private CompletableFuture<HttpResponse<String>> flavor(String name) {
        return http.sendAsync(
                request("/v2.1/flavors", ADMIN)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(FLAVOR.formatted(name, name)))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static void held(CountDownLatch latch) {
        try {
            assertThat(latch.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatIsDoneAfterItsTimeIsOneLineAndNotOneThatWasRefused() throws Exception {
        CountDownLatch slow = new CountDownLatch(1);
        CountDownLatch writing = new CountDownLatch(1);
        auditBook.before(() -> {
            writing.countDown();
            held(slow);
        });
        // One is being written, and the other waits behind it.
        CompletableFuture<HttpResponse<String>> first = http.sendAsync(
                request("/v2.1/flavors/none", ADMIN).DELETE().build(), HttpResponse.BodyHandlers.ofString());
        held(writing);
        CompletableFuture<HttpResponse<String>> second = flavor("second");
        for (CompletableFuture<HttpResponse<String>> one : List.of(first, second)) {
            HttpResponse<String> late = one.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            assertFault(late, 503, "serviceUnavailable");
            assertThat(late.body()).contains("it may still be done");
        }
        auditBook.before(() -> {});
        slow.countDown();
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(lines("createFlavor"))
                        .singleElement()
                        .satisfies(line -> {
                            assertThat(line.refused()).isFalse();
                            assertThat(line.ended()).isNotNull();
                            assertThat(line.ended().status()).isEqualTo(200);
                        }));
        assertThat(cloud.flavors).containsKey(FlavorId.of("second"));
        assertThat(lines("deleteFlavor"))
                .singleElement()
                .satisfies(line -> assertThat(line.refused()).isFalse());
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void sneak(Throwable thrown) throws E {
        throw (E) thrown;
    }

    @Test
    void whateverTheWorkThrowsEndsItsLineAndIsAnswered() throws Exception {
        for (Throwable thrown : List.of(
                new Exception("checked, which no signature tells"),
                new StackOverflowError("of the test"),
                new IllegalStateException("of the test"))) {
            cloud.before = () -> AuditEndsTest.<RuntimeException>sneak(thrown);
            assertThat(send("POST", "/v2.1/servers", ADMIN, "2.37", SERVER).statusCode())
                    .as(thrown.toString())
                    .isEqualTo(500);
        }
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(lines("createServer"))
                        .hasSize(3)
                        .allSatisfy(line -> assertThat(line.ended())
                                .isNotNull()
                                .satisfies(ended -> assertThat(ended.status()).isEqualTo(500))));
    }

    @Test
    void aChangeThatBrokeOffIsUnknownInTheWordsOfTheTrail() throws Exception {
        cloud.failure = new StoreUnavailable("the connection broke", true, null);
        assertFault(send("POST", "/v2.1/servers", ADMIN, "2.37", SERVER), 503, "serviceUnavailable");
        JsonObject line = json(get("/ha/v1/audit?operation=createServer", ADMIN))
                .getJsonArray("audit")
                .getJsonObject(0);
        assertThat(line.getInteger("status")).isEqualTo(503);
        assertThat(line.getString("fault")).startsWith("unknown: ");
        assertThat(line.getBoolean("refused")).isFalse();
    }

    @Test
    void whatComesOfWorkThatTheEndInterruptsIsInTheTrail() throws Exception {
        CountDownLatch working = new CountDownLatch(1);
        cloud.before = () -> {
            working.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                // What has begun is brought to its end, which takes a moment.
                CompletableFuture<Void> moment = new CompletableFuture<>();
                moment.completeOnTimeout(null, 500, TimeUnit.MILLISECONDS).join();
            }
        };
        http.sendAsync(
                request("/v2.1/servers", ADMIN)
                        .header("Content-Type", "application/json")
                        .header("OpenStack-API-Version", "compute 2.37")
                        .POST(HttpRequest.BodyPublishers.ofString(SERVER))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        held(working);
        server.close();
        assertThat(lines("createServer"))
                .singleElement()
                .satisfies(line -> assertThat(line.ended()).isNotNull());
        closed = true;
        notifications.close();
        vertx.close().await();
    }

    @Test
    void namesOfMethodsAndAddressesThatAreMadeUpAreCut() throws Exception {
        http.send(
                request("/v2.1/flavors", ADMIN)
                        .header(Forwarder.HEADER, "second")
                        .header(Forwarder.FOR, "9".repeat(5000))
                        .method("M".repeat(300), HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        JsonObject line = json(get("/ha/v1/audit", ADMIN)).getJsonArray("audit").getJsonObject(0);
        assertThat(line.getString("operation")).isEqualTo("M".repeat(32));
        assertThat(line.getString("onBehalfOf")).isEqualTo("9".repeat(64));
    }
}

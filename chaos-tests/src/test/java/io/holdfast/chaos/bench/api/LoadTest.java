package io.holdfast.chaos.bench.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** That what is measured is what came, and when it was due. */
final class LoadTest {

    private final Set<String> seen = ConcurrentHashMap.newKeySet();
    private final Semaphore go = new Semaphore(0);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();
    private HttpServer server;
    private URI api;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            seen.add(exchange.getRequestMethod()
                    + exchange.getRequestURI()
                    + body
                    + exchange.getRequestHeaders().getFirst("X-Auth-Token"));
            if (exchange.getRequestURI().getPath().equals("/waits")) {
                go.acquireUninterruptibly();
            }
            byte[] answer = "no room".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(body.equals("b3") ? 503 : 202, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        api = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    @AfterEach
    void stop() {
        server.stop(0);
        threads.shutdownNow();
        later.shutdownNow();
    }

    @Test
    void everyRequestIsSentOnceAndRefusalsAreCounted() throws Exception {
        Load.Result result =
                new Load(api, 4).run(20, 0, (line, number) -> line.send("POST", "/x", "token", "b" + number));
        assertThat(seen).hasSize(20).contains("POST/xb7token");
        assertThat(result.accepted()).isEqualTo(19);
        assertThat(result.refused()).isEqualTo(1);
        assertThat(result.firstRefusal()).isEqualTo("503 no room");
        assertThat(result.times().count()).isEqualTo(20);
    }

    @Test
    void aRequestThatHadToWaitForTheOneBeforeIsMeasuredFromWhenItWasDue() throws Exception {
        // Two requests, 10 ms apart, one connection: the second is sent when the first was answered, 200 ms later.
        Load.Result result = new Load(api, 1).run(2, 100, (line, number) -> {
            if (number == 0) {
                later.schedule(() -> go.release(2), 200, TimeUnit.MILLISECONDS);
            }
            return line.send("GET", "/waits", "", "");
        });
        assertThat(result.times().percentile(50)).isGreaterThan(180);
    }

    @Test
    void aConnectionThatBreaksEndsTheMeasurement() {
        server.stop(0);
        assertThatThrownBy(() -> new Load(api, 1).run(1, 0, (line, number) -> line.send("GET", "/", "", "")))
                .isInstanceOf(IOException.class);
    }

    @Test
    void percentilesAreByNearestRank() {
        Times times = new Times();
        for (int i = 1; i <= 2000; i++) {
            times.add(i * 1_000_000L);
        }
        assertThat(List.of(times.percentile(50), times.percentile(99), times.percentile(100)))
                .containsExactly(1000.0, 1980.0, 2000.0);
        assertThat(new Times().percentile(99)).isZero();
    }

    @Test
    void whatCannotBeMeasuredIsRefused() {
        assertThatThrownBy(() -> new ApiBench.Options(0, 1, 0, 1, 1, 1, List.of()))
                .hasMessage("--rate must be between 1 and 5000, is 0");
        assertThatThrownBy(() -> new ApiBench.Options(1, 1, 0, 1, 901, 1, List.of()))
                .hasMessage("--connections must be between 1 and 900, is 901");
    }
}

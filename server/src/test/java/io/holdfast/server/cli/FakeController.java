package io.holdfast.server.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A controller that answers what it was told to answer, over real HTTP on loopback. */
final class FakeController implements AutoCloseable {

    /**
     * A request as it arrived.
     *
     * @param line method, path and query
     */
    record Request(String line, String token, String version, String body) {}

    private record Answer(int status, String type, String body) {}

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();

    FakeController() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    FakeController on(String line, int status, String body) {
        answers.put(line, new Answer(status, "application/json", body));
        return this;
    }

    FakeController streaming(String line, String body) {
        answers.put(line, new Answer(200, "text/event-stream", body));
        return this;
    }

    /** Accepts this request and never answers it. */
    FakeController silentOn(String line) {
        answers.put(line, new Answer(-1, "", ""));
        return this;
    }

    List<Request> requests() {
        return requests;
    }

    Request last() {
        return requests.getLast();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String line = exchange.getRequestMethod() + " " + exchange.getRequestURI();
        requests.add(new Request(
                line,
                String.valueOf(exchange.getRequestHeaders().getFirst("X-Auth-Token")),
                String.valueOf(exchange.getRequestHeaders().getFirst("OpenStack-API-Version")),
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
        Answer answer = answers.getOrDefault(
                line,
                new Answer(
                        404, "application/json", "{\"itemNotFound\":{\"code\":404,\"message\":\"no " + line + "\"}}"));
        if (answer.status < 0) {
            try {
                closing.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return;
        }
        byte[] body = answer.body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", answer.type);
        exchange.sendResponseHeaders(answer.status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}

package io.holdfast.api;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** An image service with one image, that answers what the test says: the truth, or not. */
final class HostileGlance implements AutoCloseable {

    static final String IMAGE = "5bd0ba9c-3c8a-4d4a-9a1c-0a4a4f5f0001";
    static final String CONTENT = "a disk of another service";

    final AtomicInteger descriptions = new AtomicInteger();
    final AtomicInteger contents = new AtomicInteger();
    final CountDownLatch over = new CountDownLatch(1);

    volatile JsonObject described = truth(CONTENT);

    /** Instead of the description. */
    volatile @Nullable String garbage;

    volatile int status = 200;
    volatile int contentStatus = 200;
    volatile byte[] sent = CONTENT.getBytes(StandardCharsets.UTF_8);

    /** What the content is announced as; 0 for chunks without a length. */
    volatile long announced;

    /** Sends the content and then nothing, for as long as the test lasts. */
    volatile boolean hangs;

    volatile String goodToken = "ours";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    HostileGlance() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v2/images/" + IMAGE, this::answer);
        server.setExecutor(threads);
        server.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    static JsonObject truth(String content) {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        return new JsonObject()
                .put("id", IMAGE)
                .put("name", "theirs")
                .put("status", "active")
                .put("visibility", "public")
                .put("owner", "green")
                .put("disk_format", "raw")
                .put("container_format", "bare")
                .put("size", bytes.length)
                .put("min_ram", 32)
                .put("min_disk", 0)
                .put("checksum", digest("MD5", bytes))
                .put("os_hash_algo", "sha512")
                .put("os_hash_value", digest("SHA-512", bytes))
                .put("os_distro", "debian");
    }

    private static String digest(String algorithm, byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (exchange.getRequestURI().getPath().endsWith("/file")) {
                contents.incrementAndGet();
                content(exchange);
                return;
            }
            descriptions.incrementAndGet();
            boolean known = goodToken.equals(exchange.getRequestHeaders().getFirst("X-Auth-Token"));
            String said = garbage;
            byte[] body = (said == null ? described.encode() : said).getBytes(StandardCharsets.UTF_8);
            if (status == 302) {
                exchange.getResponseHeaders().add("Location", url() + "/elsewhere");
            }
            exchange.sendResponseHeaders(known ? status : 401, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private void content(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(contentStatus, announced);
        OutputStream out = exchange.getResponseBody();
        out.write(sent);
        out.flush();
        if (hangs) {
            try {
                over.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        over.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}

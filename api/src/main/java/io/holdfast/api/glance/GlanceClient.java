package io.holdfast.api.glance;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.ImageCopies.Original;
import io.holdfast.compute.ImageEntry.Visibility;
import io.holdfast.compute.core.ImageRules;
import io.holdfast.model.ImageId;
import io.holdfast.model.ProjectId;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Speaks Glance's API v2 to somebody who may answer anything, slowly, or not at all. Whatever is no answer is UNAVAILABLE. Thread-safe. */
final class GlanceClient implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(GlanceClient.class);

    private static final int ANSWER_BYTES_MAX = 1024 * 1024;

    /** What every image has; the rest of its texts are properties. */
    private static final Set<String> OWN = Set.of(
            "id",
            "name",
            "status",
            "visibility",
            "owner",
            "disk_format",
            "container_format",
            "checksum",
            "os_hash_algo",
            "os_hash_value",
            "created_at",
            "updated_at",
            "file",
            "schema",
            "self",
            "direct_url",
            "stores");

    private final HttpClient client;
    private final URI url;
    private final Duration timeout;
    private final Duration idle;
    private final ScheduledExecutorService watching;

    GlanceClient(HttpClient client, URI url, Duration timeout, Duration idle, ScheduledExecutorService watching) {
        this.client = client;
        this.url = url;
        this.timeout = timeout;
        this.idle = idle;
        this.watching = watching;
    }

    /** What was said of an image. */
    sealed interface Answer {
        record Described(Original original) implements Answer {}

        /** There is none, or the token may not see it. */
        record Unknown() implements Answer {}

        /** No server can be made of it. */
        record Unusable(String why) implements Answer {}

        /** The token is not taken. */
        record Refused() implements Answer {}
    }

    Answer describe(ImageId image, String token) {
        HttpResponse<String> answer;
        try {
            answer = client.send(
                    request(image.toString(), token).timeout(timeout).build(),
                    HttpResponse.BodyHandlers.limiting(
                            HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8), ANSWER_BYTES_MAX));
        } catch (IOException e) {
            throw fails("does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw fails("was not waited for", e);
        }
        return switch (answer.statusCode()) {
            case 200 -> read(image, answer.body());
            case 403, 404 -> new Answer.Unknown();
            case 401 -> new Answer.Refused();
            default -> throw fails("answered " + answer.statusCode() + " to a question about an image", null);
        };
    }

    private static Answer read(ImageId image, String body) {
        try {
            return read(image, new JsonObject(body));
        } catch (DecodeException | ClassCastException | IllegalArgumentException e) {
            throw fails("described an image in a way that cannot be read", e);
        }
    }

    private static Answer read(ImageId image, JsonObject said) {
        if (!image.toString().equals(said.getString("id"))) {
            throw fails("described another image than it was asked for", null);
        }
        String status = text(said, "status");
        if (!status.equals("active")) {
            return new Answer.Unusable("Image " + image + " is not active.");
        }
        String format = text(said, "disk_format");
        String container = text(said, "container_format");
        if (!ImageRules.DISK_FORMATS.contains(format) || !container.equals(ImageRules.BARE)) {
            return new Answer.Unusable("Image " + image + " is " + format + " in " + container
                    + "; servers are made of images that are raw or qcow2 and bare.");
        }
        String algorithm = said.getString("os_hash_algo");
        String sha512 = "sha512".equals(algorithm) ? hex(said.getString("os_hash_value"), 128) : null;
        String md5 = hex(said.getString("checksum"), 32);
        if (sha512 == null && md5 == null) {
            return new Answer.Unusable("Image " + image + " has neither a SHA-512 nor an MD5 that its content could be"
                    + " compared with.");
        }
        Long bytes = said.getLong("size");
        if (bytes == null || bytes < 1) {
            return new Answer.Unusable("Image " + image + " has no content.");
        }
        Map<String, String> properties = new HashMap<>();
        said.forEach(one -> {
            if (one.getValue() instanceof String value && !OWN.contains(one.getKey())) {
                properties.put(one.getKey(), value);
            }
        });
        String owner = said.getString("owner");
        String name = said.getString("name");
        return new Answer.Described(new Original(
                image,
                name == null ? "" : name,
                visibility(text(said, "visibility")),
                owner == null || owner.isEmpty() ? null : ProjectId.of(owner),
                format,
                bytes,
                md5,
                sha512,
                atLeastNothing(said.getInteger("min_ram", 0)),
                atLeastNothing(said.getInteger("min_disk", 0)),
                properties));
    }

    /** Who shares an image with a project says so to Glance alone: here it is its owner's. */
    private static Visibility visibility(String word) {
        return switch (word) {
            case "public" -> Visibility.PUBLIC;
            case "community" -> Visibility.COMMUNITY;
            case "private", "shared" -> Visibility.PRIVATE;
            default -> throw new IllegalArgumentException("visibility " + word);
        };
    }

    private static int atLeastNothing(int number) {
        if (number < 0) {
            throw new IllegalArgumentException("a least size below 0");
        }
        return number;
    }

    private static String text(JsonObject said, String key) {
        String text = said.getString(key);
        return text == null ? "none" : text;
    }

    private static @Nullable String hex(@Nullable String text, int length) {
        String lower = text == null ? "" : text.toLowerCase(Locale.ROOT);
        return lower.matches("[0-9a-f]{" + length + "}") ? lower : null;
    }

    /**
     * The content as it comes. Reading it fails with UNAVAILABLE when nothing comes for too long, when all of it takes too long, and when
     * more comes than was described.
     *
     * @param deadline for all of it
     */
    InputStream content(Original original, String token, Duration deadline) {
        HttpResponse<InputStream> answer;
        try {
            answer = client.send(
                    request(original.id() + "/file", token).timeout(timeout).build(),
                    HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw fails("does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw fails("was not waited for", e);
        }
        Watched content = new Watched(answer.body(), original.bytes(), deadline);
        if (answer.statusCode() != 200) {
            content.close();
            throw fails("answered " + answer.statusCode() + " instead of an image's content", null);
        }
        return content;
    }

    private HttpRequest.Builder request(String path, String token) {
        try {
            return HttpRequest.newBuilder(URI.create(url + "/v2/images/" + path))
                    .header("X-Auth-Token", token)
                    .GET();
        } catch (IllegalArgumentException e) {
            throw fails("cannot be shown the token", e);
        }
    }

    static ComputeException fails(String what, @Nullable Exception cause) {
        String message = "The image service " + what + "; try again.";
        log.warn("images: {}{}", message, cause == null ? "" : " (" + cause + ")");
        return new ComputeException(Kind.UNAVAILABLE, message);
    }

    @Override
    public void close() {
        client.shutdownNow();
    }

    /** A reader that stands still cannot be woken but by closing what it reads from. */
    private final class Watched extends FilterInputStream {

        private final long bytes;
        private final long untilNanos;
        private final ScheduledFuture<?> watch;
        private volatile long lastNanos = System.nanoTime();
        private volatile boolean givenUp;
        private long count;

        Watched(InputStream in, long bytes, Duration deadline) {
            super(in);
            this.bytes = bytes;
            untilNanos = System.nanoTime() + deadline.toNanos();
            long every = Math.max(10, Math.min(1000, idle.toMillis() / 4));
            watch = watching.scheduleWithFixedDelay(this::look, every, every, TimeUnit.MILLISECONDS);
        }

        private void look() {
            long now = System.nanoTime();
            if (now - lastNanos > idle.toNanos() || now - untilNanos > 0) {
                givenUp = true;
                close();
            }
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int from, int length) {
            try {
                int more = in.read(into, from, length);
                if (givenUp) {
                    throw new IOException("given up");
                }
                lastNanos = System.nanoTime();
                count += Math.max(0, more);
                if (count > bytes) {
                    throw fails("sends more than the " + bytes + " bytes that it says an image has", null);
                }
                return more;
            } catch (IOException e) {
                throw givenUp
                        ? fails("is too slow with an image's content", null)
                        : fails("broke off in the middle of an image's content", e);
            }
        }

        @Override
        public void close() {
            watch.cancel(false);
            try {
                in.close();
            } catch (IOException e) {
                log.debug("images: the end of a copy: {}", e.toString());
            }
        }
    }
}

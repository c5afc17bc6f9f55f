package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.glance.ExternalGlance;
import io.holdfast.compute.ImageSettings;
import io.holdfast.identity.IdentityException;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Servers from the images of another service: our own on another port, and one that lies. */
class ExternalGlanceTest {

    private static final ExternalGlance.Tokens NO_TOKENS = (call, refused) -> Optional.empty();

    @TempDir
    Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    private static ImageSettings settings(@Nullable URI url, Duration copyWait) {
        return new ImageSettings(
                1 << 20,
                100,
                3 << 20,
                0,
                2,
                Duration.ofSeconds(1),
                Duration.ofMinutes(1),
                url == null
                        ? null
                        : new ImageSettings.External(url, null, null, null, Duration.ofSeconds(2), copyWait));
    }

    private Site site(String name, @Nullable URI url, Duration copyWait, ExternalGlance.Tokens tokens)
            throws Exception {
        Site site = new Site(directory.resolve(name), settings(url, copyWait), tokens);
        open.add(site);
        return site;
    }

    private Site ours(HostileGlance theirs) throws Exception {
        return site(
                "ours",
                theirs.url(),
                Duration.ofSeconds(30),
                (call, refused) -> "ours".equals(refused) ? Optional.empty() : Optional.of("ours"));
    }

    private HostileGlance hostile() throws Exception {
        HostileGlance theirs = new HostileGlance();
        open.add(theirs);
        return theirs;
    }

    private static void answers(int status, String words, HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.body()).contains(words);
    }

    @Test
    void aServerIsMadeOfAnImageOfAnotherServiceAndNeedsItNoMore() throws Exception {
        Site theirs = site("theirs", null, Duration.ZERO, NO_TOKENS);
        Site ours = site(
                "ours",
                URI.create(theirs.base + "/image"),
                Duration.ofSeconds(30),
                (call, refused) -> Optional.of(Site.ADMIN));
        String image = upload(theirs, Site.BLUE, "private", "a disk");
        // Another project's: for it there is none.
        answers(400, "could not be found", ours.boot(Site.RED, image));
        assertThat(ours.files()).isEmpty();
        HttpResponse<String> made = ours.boot(Site.BLUE, image);
        answers(202, "server", made);
        assertThat(Files.readString(ours.files().getFirst())).isEqualTo("a disk");
        answers(202, "server", ours.boot(Site.BLUE, image));
        assertThat(ours.files()).hasSize(1);
        answers(400, "could not be found", ours.boot(Site.BLUE, "5bd0ba9c-3c8a-4d4a-9a1c-0a4a4f5fffff"));
        // There is no image service here.
        assertThat(ours.send(Site.BLUE, "GET", "/image/v2/images", null, "application/json")
                        .statusCode())
                .isEqualTo(404);
        String server = new JsonObject(made.body()).getJsonObject("server").getString("id");
        String rebuild = new JsonObject()
                .put("rebuild", new JsonObject().put("imageRef", image))
                .encode();
        theirs.hush();
        answers(503, "does not answer", ours.boot(Site.BLUE, image));
        answers(
                503,
                "does not answer",
                ours.send(Site.BLUE, "POST", "/v2.1/servers/" + server + "/action", rebuild, "application/json"));
        answers(200, image, ours.send(Site.BLUE, "GET", "/v2.1/servers/" + server, null, "application/json"));
    }

    private static String upload(Site site, String token, String visibility, String content) throws Exception {
        HttpResponse<String> made = site.send(
                token,
                "POST",
                "/image/v2/images",
                new JsonObject()
                        .put("name", "mine")
                        .put("visibility", visibility)
                        .put("disk_format", "raw")
                        .put("container_format", "bare")
                        .encode(),
                "application/json");
        answers(201, "mine", made);
        String id = new JsonObject(made.body()).getString("id");
        answers(
                204,
                "",
                site.send(token, "PUT", "/image/v2/images/" + id + "/file", content, "application/octet-stream"));
        return id;
    }

    static Stream<Arguments> lies() {
        return Stream.of(
                lie(
                        "wrong SHA-512",
                        503,
                        "other content",
                        glance -> glance.described.put("os_hash_value", "0".repeat(128))),
                lie("wrong MD5", 503, "other content", glance -> {
                    glance.described.remove("os_hash_value");
                    glance.described.put("checksum", "0".repeat(32));
                }),
                lie("no checksum", 400, "neither a SHA-512 nor an MD5", glance -> {
                    glance.described.remove("os_hash_value");
                    glance.described.remove("checksum");
                }),
                lie("longer than it says", 503, "sends more than the 25 bytes", glance -> glance.sent = new byte[4096]),
                lie("shorter than it says", 503, "other content", glance -> glance.sent = new byte[] {'a'}),
                lie("breaks off", 503, "broke off", glance -> glance.announced = 1000),
                lie("hangs", 503, "too slow", glance -> glance.hangs = true),
                lie(
                        "another format",
                        400,
                        "qcow2, not raw",
                        glance -> glance.sent = new byte[] {'Q', 'F', 'I', (byte) 0xfb, 0, 0, 0, 3}),
                lie("too large", 413, "are allowed", glance -> glance.described.put("size", 2L << 20)),
                lie("no content", 503, "answered 204", glance -> {
                    glance.contentStatus = 204;
                    glance.announced = -1;
                    glance.sent = new byte[0];
                }),
                lie("no such content", 503, "answered 404", glance -> glance.contentStatus = 404),
                lie("fails", 503, "answered 500", glance -> glance.status = 500),
                lie("redirects", 503, "answered 302", glance -> glance.status = 302),
                lie("is not there", 400, "could not be found", glance -> glance.status = 404),
                lie("is secret", 400, "could not be found", glance -> glance.status = 403),
                lie("no JSON", 503, "cannot be read", glance -> glance.garbage = "<html>"),
                lie("a list", 503, "cannot be read", glance -> glance.garbage = "[]"),
                lie("too much", 503, "does not answer", glance -> glance.garbage = " ".repeat(2 << 20)),
                lie("numbers as words", 503, "cannot be read", glance -> glance.described.put("size", "many")),
                lie("below nothing", 503, "cannot be read", glance -> glance.described.put("min_ram", -1)),
                lie("unheard-of visibility", 503, "cannot be read", glance -> glance.described.put("visibility", "x")),
                lie(
                        "another image",
                        503,
                        "another image",
                        glance -> glance.described.put("id", "5bd0ba9c-3c8a-4d4a-9a1c-0a4a4f5fffff")),
                lie("not active", 400, "is not active", glance -> glance.described.put("status", "queued")),
                lie("foreign format", 400, "is vmdk in bare", glance -> glance.described.put("disk_format", "vmdk")),
                lie("container", 400, "is raw in ova", glance -> glance.described.put("container_format", "ova")),
                lie("shared", 400, "could not be found", glance -> glance.described.put("visibility", "shared")),
                lie("needs more", 400, "too small", glance -> glance.described.put("min_ram", 65)),
                lie("empty", 400, "has no content", glance -> glance.described.put("size", 0)),
                lie(
                        "no such policy",
                        400,
                        "holdfast_recovery",
                        glance -> glance.described.put("holdfast_recovery", "pony")),
                lie("takes no token", 503, "does not take", glance -> glance.goodToken = "another"));
    }

    private static Arguments lie(String name, int status, String words, Consumer<HostileGlance> how) {
        return Arguments.of(name, status, words, how);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lies")
    void whateverItSaysNothingIsLeftAndTheTruthIsTakenAfterwards(
            String name, int status, String words, Consumer<HostileGlance> how) throws Exception {
        HostileGlance theirs = hostile();
        Site ours = ours(theirs);
        how.accept(theirs);
        answers(status, words, ours.boot(Site.BLUE, HostileGlance.IMAGE));
        if (!name.equals("needs more")) {
            assertThat(ours.files()).isEmpty();
            assertThat(ours.compute.catalog().images()).isEmpty();
        }
        theirs.described = HostileGlance.truth(HostileGlance.CONTENT);
        theirs.garbage = null;
        theirs.status = 200;
        theirs.contentStatus = 200;
        theirs.announced = 0;
        theirs.sent = HostileGlance.CONTENT.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        theirs.hangs = false;
        theirs.goodToken = "ours";
        answers(202, "server", ours.boot(Site.BLUE, HostileGlance.IMAGE));
        assertThat(ours.files()).hasSize(1);
    }

    @Test
    void manyRequestsForOneImageCopyItOnce() throws Exception {
        HostileGlance theirs = hostile();
        Site ours = ours(theirs);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<HttpResponse<String>>> all = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                all.add(threads.submit(() -> ours.boot(Site.BLUE, HostileGlance.IMAGE)));
            }
            for (Future<HttpResponse<String>> one : all) {
                answers(202, "server", one.get());
            }
        }
        assertThat(theirs.contents.get()).isEqualTo(1);
        assertThat(theirs.descriptions.get()).isEqualTo(5);
        assertThat(ours.files()).hasSize(1);
    }

    @Test
    void whoDoesNotWaitForACopyAsksAgain() throws Exception {
        HostileGlance theirs = hostile();
        Site ours = site("ours", theirs.url(), Duration.ZERO, (call, refused) -> Optional.of("ours"));
        answers(503, "is being copied", ours.boot(Site.BLUE, HostileGlance.IMAGE));
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> ours.boot(Site.BLUE, HostileGlance.IMAGE).statusCode() == 202);
        assertThat(theirs.contents.get()).isEqualTo(1);
    }

    @Test
    void otherContentThanThatOfInstancesIsRefusedAndTakenWhenThereAreNone() throws Exception {
        HostileGlance theirs = hostile();
        Site ours = ours(theirs);
        theirs.described.put("holdfast_recovery", "notify");
        HttpResponse<String> made = ours.boot(Site.BLUE, HostileGlance.IMAGE);
        answers(202, "server", made);
        // What is said of it changes; instances keep the policy that they were made with.
        theirs.described
                .put("holdfast_recovery", "automatic")
                .put("name", "renamed")
                .put("min_ram", 8);
        answers(202, "server", ours.boot(Site.BLUE, HostileGlance.IMAGE));
        assertThat(ours.compute.catalog().images()).singleElement().satisfies(image -> {
            assertThat(image.name()).isEqualTo("renamed");
            assertThat(image.minMemoryMib()).isEqualTo(8);
            assertThat(image.properties())
                    .containsEntry("holdfast_recovery", "notify")
                    .containsEntry("os_distro", "debian");
        });
        theirs.described = HostileGlance.truth("another disk");
        theirs.sent = "another disk".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        answers(409, "other content", ours.boot(Site.BLUE, HostileGlance.IMAGE));
    }

    @Test
    void withoutATokenNothingIsAsked() throws Exception {
        HostileGlance theirs = hostile();
        Site ours = site("ours", theirs.url(), Duration.ZERO, NO_TOKENS);
        answers(503, "knows no token of this kind", ours.boot(Site.BLUE, HostileGlance.IMAGE));
        Site down = site("down", theirs.url(), Duration.ZERO, (call, refused) -> {
            throw new IdentityException(IdentityException.Kind.BUSY, "Keystone does not answer");
        });
        answers(503, "there is no token for it", down.boot(Site.BLUE, HostileGlance.IMAGE));
        assertThat(theirs.descriptions.get()).isZero();
    }

    @Test
    void aTokenThatIsNotTakenAnyMoreIsRenewedOnce() throws Exception {
        HostileGlance theirs = hostile();
        Site ours = site(
                "ours",
                theirs.url(),
                Duration.ofSeconds(30),
                (call, refused) -> Optional.of(refused == null ? "old" : "ours"));
        answers(202, "server", ours.boot(Site.BLUE, HostileGlance.IMAGE));
        assertThat(theirs.descriptions.get()).isEqualTo(2);
    }
}

package io.holdfast.compute;

import io.holdfast.model.SecretFile;
import io.holdfast.model.ServiceUrl;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The controller's settings for images that are uploaded.
 *
 * @param bytesMax longest image, in bytes; 1 MiB to 16 TiB, default 64 GiB
 * @param imagesPerProject so many images a project may have; 1 to 100,000, default 100
 * @param bytesPerProject so many bytes all uploaded images of a project may have together; 1 MiB to 1 PiB, default 512 GiB
 * @param keepFreeBytes so much of the shared storage uploads leave free, because guests whose disks cannot grow stand still; 0 to 1
 *     PiB, default 1 GiB. Too small: one upload stops every guest that writes
 * @param transfersMax uploads and downloads at once; more are answered with 503; 1 to 256, default 8. Each takes a thread and some 2 MiB
 * @param idle a sender who sends nothing for so long is given up, and a reader who reads nothing; 1 s to 10 min, default 1 min
 * @param deadline longest time for one upload or download; 1 min to 24 h, default 1 h
 * @param external somebody else's Glance, instead of the service here; default none
 */
public record ImageSettings(
        long bytesMax,
        int imagesPerProject,
        long bytesPerProject,
        long keepFreeBytes,
        int transfersMax,
        Duration idle,
        Duration deadline,
        @Nullable External external) {

    private static final long MIB = 1024 * 1024;
    private static final long TIB = 1024 * 1024 * MIB;
    private static final long PIB = 1024 * TIB;

    public ImageSettings {
        between("bytes-max", bytesMax, MIB, 16 * TIB);
        between("images-per-project", imagesPerProject, 1, 100_000);
        between("bytes-per-project", bytesPerProject, MIB, PIB);
        between("keep-free-bytes", keepFreeBytes, 0, PIB);
        between("transfers-max", transfersMax, 1, 256);
        range("idle", idle, Duration.ofSeconds(1), Duration.ofMinutes(10));
        range("deadline", deadline, Duration.ofMinutes(1), Duration.ofDays(1));
    }

    public static ImageSettings defaults() {
        return new ImageSettings(
                64 * 1024 * MIB,
                100,
                512 * 1024 * MIB,
                1024 * MIB,
                8,
                Duration.ofMinutes(1),
                Duration.ofHours(1),
                null);
    }

    /**
     * Somebody else's Glance, whose images servers are made from.
     *
     * @param url without a version, as {@code https://glance.example:9292}
     * @param ca certificates that are believed instead of the system's, PEM; default none
     * @param allowHttp ask it without TLS although it is not on this machine; tokens and images then cross the network readable and can be
     *     changed on the way; default false
     * @param login who asks where a caller's own token cannot; required unless {@code identity.keystone} is set. Default none
     * @param timeout for one answer about an image, 500 ms to 60 s, default 5 s
     * @param copyWait how long a request for a server waits while the content of its image is copied here for the first time; then it is
     *     answered 503 and the copying goes on, so that it can be asked again. 0 to 5 min, default 20 s. Longer than
     *     {@code api.request-deadline} makes no sense
     */
    public record External(
            URI url,
            @Nullable Path ca,
            @Nullable Boolean allowHttp,
            @Nullable Login login,
            @Nullable Duration timeout,
            @Nullable Duration copyWait) {

        public External {
            ServiceUrl.require("image.external.url", url, Boolean.TRUE.equals(allowHttp), "image.external.allow-http");
            if (timeout != null) {
                range("external.timeout", timeout, Duration.ofMillis(500), Duration.ofMinutes(1));
            }
            if (copyWait != null) {
                range("external.copy-wait", copyWait, Duration.ZERO, Duration.ofMinutes(5));
            }
            if (login != null) {
                ServiceUrl.require(
                        "image.external.login.url",
                        login.url,
                        Boolean.TRUE.equals(allowHttp),
                        "image.external.allow-http");
            }
        }

        public Duration timeoutOrDefault() {
            return timeout == null ? Duration.ofSeconds(5) : timeout;
        }

        public Duration copyWaitOrDefault() {
            return copyWait == null ? Duration.ofSeconds(20) : copyWait;
        }
    }

    /**
     * A user of the Keystone that the external Glance believes.
     *
     * @param url of that Keystone, with the version, as {@code https://keystone.example:5000/v3}
     * @param user its name; it needs to see the images of all projects, as {@code admin} or {@code service} does
     * @param userDomain name of its domain; default {@code Default}
     * @param passwordFile first line is its password
     * @param project that it logs in for; default {@code service}
     * @param projectDomain name of its domain; default {@code Default}
     * @param ca certificates that are believed instead of the system's, PEM; default none
     */
    public record Login(
            URI url,
            String user,
            @Nullable String userDomain,
            SecretFile passwordFile,
            @Nullable String project,
            @Nullable String projectDomain,
            @Nullable Path ca) {

        public Login {
            if (url.getPath() == null || !url.getPath().endsWith("/v3")) {
                throw new IllegalArgumentException("image.external.login.url must end with /v3, is " + url);
            }
            if (user.isBlank()) {
                throw new IllegalArgumentException("image.external.login.user must not be empty");
            }
        }
    }

    private static void between(String key, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "image." + key + " must be between " + least + " and " + most + ", is " + value);
        }
    }

    private static void range(String key, Duration value, Duration min, Duration max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException("image." + key + " must be between " + min.toMillis() + "ms and "
                    + max.toMillis() + "ms, is " + value.toMillis() + "ms");
        }
    }
}

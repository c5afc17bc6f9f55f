package io.holdfast.identity;

import io.holdfast.model.SecretFile;
import io.holdfast.model.ServiceUrl;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Who may log in, and where.
 *
 * @param region the one region that the catalog has; default {@code RegionOne}
 * @param publicUrl what the addresses in the catalog begin with, scheme, host and port, where clients come through a proxy. Default: as the
 *     caller itself spelled it
 * @param tokenTime how long a token is good, 1 min to 24 h, default 1 h. Too short: programs log in all the time; too long: a token that
 *     was stolen is good for long
 * @param keyTime how often there is a new key that tokens are signed with, 1 h to 365 d, default 30 d
 * @param failuresPerMinute wrong passwords for one user from one address before they are refused unheard for the rest of the minute; ten times
 *     as many for one user from all addresses, and for one address with all users; 1 to 10,000, default 10. Too small: somebody who
 *     mistypes waits; too large: more guesses
 * @param hashesAtOnce passwords that are checked at the same time, each with 19 MiB of memory and a tenth of a second of a processor;
 *     others wait, and beyond 64 are answered 503; 1 to 64, default 2
 * @param bootstrap the first administrator
 * @param keystone somebody else's Keystone, instead of the service here; default none
 */
public record IdentitySettings(
        String region,
        @Nullable URI publicUrl,
        Duration tokenTime,
        Duration keyTime,
        int failuresPerMinute,
        int hashesAtOnce,
        Bootstrap bootstrap,
        @Nullable Keystone keystone) {

    public IdentitySettings {
        if (!region.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
            throw new IllegalArgumentException(
                    "identity.region must have 1 to 64 letters, digits, dots, hyphens or underscores, is '" + region
                            + "'");
        }
        if (publicUrl != null) {
            ServiceUrl.requireHttp("identity.public-url", publicUrl);
        }
        between("identity.token-time", tokenTime, Duration.ofMinutes(1), Duration.ofHours(24));
        between("identity.key-time", keyTime, Duration.ofHours(1), Duration.ofDays(365));
        if (failuresPerMinute < 1 || failuresPerMinute > 10_000) {
            throw new IllegalArgumentException(
                    "identity.failures-per-minute must be between 1 and 10000, is " + failuresPerMinute);
        }
        if (hashesAtOnce < 1 || hashesAtOnce > 64) {
            throw new IllegalArgumentException("identity.hashes-at-once must be between 1 and 64, is " + hashesAtOnce);
        }
    }

    public static IdentitySettings defaults() {
        return new IdentitySettings(
                "RegionOne", null, Duration.ofHours(1), Duration.ofDays(30), 10, 2, Bootstrap.defaults(), null);
    }

    /**
     * The administrator that is made when there is nobody yet.
     *
     * @param user its name; default {@code admin}
     * @param passwordFile first line is its password. Default: one is made up and written to the file {@code admin-password} in the state
     *     directory, which only its owner can read
     */
    public record Bootstrap(String user, @Nullable SecretFile passwordFile) {

        public Bootstrap {
            if (user.isBlank() || user.length() > 255) {
                throw new IllegalArgumentException(
                        "identity.bootstrap.user must have 1 to 255 characters, is '" + user + "'");
            }
        }

        public static Bootstrap defaults() {
            return new Bootstrap("admin", null);
        }
    }

    /**
     * Somebody else's Keystone, that knows the tokens.
     *
     * @param url with the version, as {@code https://keystone.example:5000/v3}
     * @param user who asks whether tokens are good; needs a role that may, as {@code admin} or {@code service}
     * @param userDomain name of its domain; default {@code Default}
     * @param passwordFile first line is its password
     * @param project that it logs in for; default {@code service}
     * @param projectDomain name of its domain; default {@code Default}
     * @param ca certificates that are believed instead of the system's, PEM; default none
     * @param allowHttp ask it without TLS although it is not on this machine; passwords and tokens then cross the network readable, and who
     *     a caller is can be changed on the way; default false
     * @param cacheTime how long an answer is believed, 0 to 5 min, default 30 s. A token that is revoked is good for as long here
     * @param cacheSize answers that are kept, 100 to 1,000,000, default 10,000
     * @param timeout for one answer, 500 ms to 60 s, default 5 s
     */
    public record Keystone(
            URI url,
            String user,
            @Nullable String userDomain,
            SecretFile passwordFile,
            @Nullable String project,
            @Nullable String projectDomain,
            @Nullable Path ca,
            @Nullable Boolean allowHttp,
            @Nullable Duration cacheTime,
            @Nullable Integer cacheSize,
            @Nullable Duration timeout) {

        public Keystone {
            ServiceUrl.require(
                    "identity.keystone.url", url, Boolean.TRUE.equals(allowHttp), "identity.keystone.allow-http");
            if (!url.getPath().endsWith("/v3")) {
                throw new IllegalArgumentException("identity.keystone.url must end with /v3, is " + url);
            }
            if (user.isBlank()) {
                throw new IllegalArgumentException("identity.keystone.user must not be empty");
            }
            if (cacheTime != null) {
                between("identity.keystone.cache-time", cacheTime, Duration.ZERO, Duration.ofMinutes(5));
            }
            if (timeout != null) {
                between("identity.keystone.timeout", timeout, Duration.ofMillis(500), Duration.ofMinutes(1));
            }
            if (cacheSize != null && (cacheSize < 100 || cacheSize > 1_000_000)) {
                throw new IllegalArgumentException(
                        "identity.keystone.cache-size must be between 100 and 1000000, is " + cacheSize);
            }
        }

        public String userDomainOrDefault() {
            return userDomain == null ? "Default" : userDomain;
        }

        public String projectOrDefault() {
            return project == null ? "service" : project;
        }

        public String projectDomainOrDefault() {
            return projectDomain == null ? "Default" : projectDomain;
        }

        public Duration cacheTimeOrDefault() {
            return cacheTime == null ? Duration.ofSeconds(30) : cacheTime;
        }

        public int cacheSizeOrDefault() {
            return cacheSize == null ? 10_000 : cacheSize;
        }

        public Duration timeoutOrDefault() {
            return timeout == null ? Duration.ofSeconds(5) : timeout;
        }
    }

    private static void between(String key, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(key + " must be between " + least.toMillis() + "ms and "
                    + most.toMillis() + "ms, is " + value.toMillis() + "ms");
        }
    }
}

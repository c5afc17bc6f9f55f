package io.holdfast.api;

import io.holdfast.model.ProjectId;
import io.holdfast.model.TlsFiles;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where the API listens and whom it believes.
 *
 * @param address address to listen on; default {@code 127.0.0.1}
 * @param port TCP port, 0 for any free one, default 8774
 * @param tls certificate to show, or null for plain HTTP (then only on a loopback address, unless allow-plaintext);
 *     files that were replaced are taken up within seconds, and tried again each minute while they cannot be used; one that is out of
 *     date is shown at the start, and told, but takes no other's place
 * @param allowPlaintext listen without TLS on any address; tokens then cross the network readable; default false
 * @param tokens who may call; default nobody
 * @param requestDeadline after this a request is answered with 503 although its work may still end well; 1 s to 10 min,
 *     default 30 s
 * @param requestsMax requests worked on at once; more are answered with 503; 1 to 10,000, default 256
 * @param bodyBytesMax longest body of a request; 1 KiB to 64 MiB, default 1 MiB
 * @param streamsMax streams of events open at once, half of them for members; 1 to 10,000, default 200
 * @param connectionsMax connections open at once, of callers with a token and without; more are closed unheard; 10 to
 *     100,000, default 1000. Too small: callers who keep connections lock others out; too large: whoever opens very many
 *     uses up the memory (some 20 KiB each)
 * @param failuresPerMinute wrong tokens from one address before it is refused unheard for the rest of the minute
 *     (loopback addresses excepted, since one misconfigured program would lock out its neighbours); 1 to 100,000,
 *     default 30
 * @param monitors whose word counts how much
 * @param audit how much of the audit trail is kept
 */
public record ApiSettings(
        String address,
        int port,
        @Nullable TlsFiles tls,
        boolean allowPlaintext,
        List<Token> tokens,
        Duration requestDeadline,
        int requestsMax,
        int bodyBytesMax,
        int streamsMax,
        int connectionsMax,
        int failuresPerMinute,
        MonitorSettings monitors,
        AuditSettings audit) {

    public ApiSettings {
        if (address.isBlank()) {
            throw new IllegalArgumentException("api.address must name an address to listen on, is empty");
        }
        between("port", port, 0, 65535);
        between("requests-max", requestsMax, 1, 10_000);
        between("body-bytes-max", bodyBytesMax, 1024, 64 * 1024 * 1024);
        between("streams-max", streamsMax, 1, 10_000);
        between("connections-max", connectionsMax, 10, 100_000);
        between("failures-per-minute", failuresPerMinute, 1, 100_000);
        if (requestDeadline.toMillis() < 1000 || requestDeadline.toMinutes() > 10) {
            throw new IllegalArgumentException(
                    "api.request-deadline must be between 1s and 10m, is " + requestDeadline.toMillis() + "ms");
        }
        if (tls == null && !allowPlaintext && !isLoopback(address)) {
            throw new IllegalArgumentException("api.tls must be set when api.address is not a loopback address, is "
                    + address + " without; or set api.allow-plaintext: true, knowing that tokens can then be read on"
                    + " the network");
        }
        tokens = List.copyOf(tokens);
        if (tokens.stream().map(Token::name).distinct().count() != tokens.size()) {
            throw new IllegalArgumentException(
                    "api.tokens must have different names, because the name is what the" + " journal keeps");
        }
    }

    public static ApiSettings defaults() {
        return new ApiSettings(
                "127.0.0.1",
                8774,
                null,
                false,
                List.of(),
                Duration.ofSeconds(30),
                256,
                1024 * 1024,
                200,
                1000,
                30,
                MonitorSettings.defaults(),
                AuditSettings.defaults());
    }

    /** The same settings, listening elsewhere for others. */
    public ApiSettings listening(String onAddress, int onPort, List<Token> known) {
        return new ApiSettings(
                onAddress,
                onPort,
                tls,
                allowPlaintext,
                known,
                requestDeadline,
                requestsMax,
                bodyBytesMax,
                streamsMax,
                connectionsMax,
                failuresPerMinute,
                monitors,
                audit);
    }

    private static void between(String key, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "api." + key + " must be between " + least + " and " + most + ", is " + value);
        }
    }

    private static boolean isLoopback(String address) {
        try {
            return InetAddress.getByName(address).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** What a token may do. */
    public enum Role {
        /** Everything, in every project. */
        ADMIN,
        /** The instances of its project, and what concerns them. */
        MEMBER,
        /** To see the same, and change nothing. */
        READER;

        /** The same in the words of the policy. */
        public io.holdfast.api.http.Role access() {
            return switch (this) {
                case ADMIN -> io.holdfast.api.http.Role.ADMIN;
                case MEMBER -> io.holdfast.api.http.Role.MEMBER;
                case READER -> io.holdfast.api.http.Role.READER;
            };
        }
    }

    /**
     * Somebody who may call.
     *
     * @param name who it is, as it is written into journals
     * @param project whose instances it works with
     * @param hash {@code sha256:<salt in hex>:<SHA-256 in hex of the salt's bytes followed by the token in UTF-8>}
     */
    public record Token(String name, Role role, String project, String hash) {

        private static final Pattern HASH = Pattern.compile("sha256:([0-9a-f]{2}){8,64}:[0-9a-f]{64}");

        public Token {
            if (name.isBlank()) {
                throw new IllegalArgumentException("api.tokens: each token must have a name");
            }
            ProjectId checked = ProjectId.of(project);
            if (checked.equals(io.holdfast.api.http.Caller.NO_PROJECT)) {
                throw new IllegalArgumentException("api.tokens: the project of token " + name + " must not be '"
                        + checked + "', which means no project");
            }
            hash = hash.toLowerCase(Locale.ROOT);
            if (!HASH.matcher(hash).matches()) {
                throw new IllegalArgumentException("api.tokens: the hash of token " + name + " of project " + checked
                        + " must look like sha256:<salt>:<digest>, both in hex; `holdfast token` makes one");
            }
        }

        @Override
        public String toString() {
            return "token " + name + " (" + role + " of " + project + ")";
        }
    }
}

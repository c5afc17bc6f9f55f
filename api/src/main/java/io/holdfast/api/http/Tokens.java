package io.holdfast.api.http;

import io.holdfast.api.ApiSettings.Token;
import io.holdfast.identity.TokenVerifier;
import io.holdfast.identity.Verdict;
import io.holdfast.model.ProjectId;
import io.vertx.core.MultiMap;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Who a token belongs to, and how often an address may be wrong. A token is one of the settings, or one of the identity service.
 *
 * <p>Every token of the settings is compared, each in constant time, so that the time of the answer says nothing about how close
 * a guess was. Addresses that were wrong too often are refused unheard until their minute is over; the map of addresses
 * is bounded and forgets the oldest. A token that was right once and has ended is no guess, and is not counted.
 */
public final class Tokens {

    private static final int ADDRESSES_MAX = 10_000;
    private static final int TOKEN_LENGTH_MAX = 1024;
    private static final String BEARER = "Bearer ";
    private static final long MINUTE_NANOS = Duration.ofMinutes(1).toNanos();

    private final List<Known> known;
    private final TokenVerifier identity;
    private final int failuresPerMinute;
    private final LongSupplier nanoTime;

    // Guarded by itself.
    private final Map<String, Failures> failures = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Failures> eldest) {
            return size() > ADDRESSES_MAX;
        }
    };

    /**
     * @param identity asked about every token that is not one of the settings
     * @param nanoTime a monotonic clock in nanoseconds
     */
    public Tokens(List<Token> tokens, TokenVerifier identity, int failuresPerMinute, LongSupplier nanoTime) {
        this.known = tokens.stream().map(Known::of).toList();
        this.identity = identity;
        this.failuresPerMinute = failuresPerMinute;
        this.nanoTime = nanoTime;
    }

    /**
     * What is known without waiting for anything.
     *
     * @param token what came in X-Auth-Token, or null
     * @param address where the request came from
     * @return empty when {@link #require} has to be asked
     * @throws ApiFault 401 when the token is missing or wrong, 429 when the address was wrong too often
     */
    public Optional<Caller> remembered(@Nullable String token, String address) {
        refuse(address);
        if (token == null || token.length() > TOKEN_LENGTH_MAX) {
            throw wrong(token, address);
        }
        Known match = find(token);
        return match != null
                ? Optional.of(match.caller)
                : identity.remembered(token).map(verdict -> caller(verdict, token, address));
    }

    /**
     * May wait for the database or another server.
     *
     * @throws ApiFault 401 when the token is missing or wrong, 429 when the address was wrong too often
     * @throws io.holdfast.identity.IdentityException when it cannot be found out whether it is right
     * @throws io.holdfast.store.StoreException in the same case
     */
    public Caller require(@Nullable String token, String address) {
        Optional<Caller> remembered = remembered(token, address);
        if (remembered.isPresent() || token == null) {
            return remembered.orElseThrow();
        }
        return caller(identity.ask(token), token, address);
    }

    private Caller caller(Verdict verdict, String token, String address) {
        return switch (verdict) {
            case Verdict.Good(var bearer) -> Caller.of(bearer);
            case Verdict.Ended() -> throw new ApiFault(401, "The request you have made requires authentication.");
            case Verdict.Wrong() -> throw wrong(token, address);
        };
    }

    private ApiFault wrong(@Nullable String token, String address) {
        if (token != null) {
            count(address);
        }
        return new ApiFault(401, "The request you have made requires authentication.");
    }

    /**
     * The token that a request shows: in X-Auth-Token, or for programs that cannot say that (Alertmanager is one) as
     * {@code Authorization: Bearer}.
     */
    public static @Nullable String shown(MultiMap headers) {
        String token = headers.get("X-Auth-Token");
        String bearer = headers.get("Authorization");
        return token != null || bearer == null || !bearer.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? token
                : bearer.substring(BEARER.length()).strip();
    }

    private @Nullable Known find(String token) {
        byte[] bytes = token.getBytes(StandardCharsets.UTF_8);
        Known match = null;
        for (Known one : known) {
            if (MessageDigest.isEqual(one.digest, digest(one.salt, bytes))) {
                match = one;
            }
        }
        return match;
    }

    private void refuse(String address) {
        synchronized (failures) {
            Failures seen = failures.get(address);
            if (seen == null) {
                return;
            }
            if (nanoTime.getAsLong() - seen.sinceNanos > MINUTE_NANOS) {
                failures.remove(address);
                return;
            }
            if (seen.count >= failuresPerMinute) {
                throw new ApiFault(429, "Too many wrong tokens from this address; wait a minute.");
            }
        }
    }

    private void count(String address) {
        if (isLoopback(address)) {
            return;
        }
        synchronized (failures) {
            Failures seen = failures.get(address);
            failures.put(
                    address,
                    seen == null
                            ? new Failures(1, nanoTime.getAsLong())
                            : new Failures(seen.count + 1, seen.sinceNanos));
        }
    }

    private static boolean isLoopback(String address) {
        try {
            return InetAddress.ofLiteral(address).isLoopbackAddress();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static byte[] digest(byte[] salt, byte[] token) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update(salt);
            return sha256.digest(token);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    private record Failures(int count, long sinceNanos) {}

    private static final class Known {
        private final Caller caller;
        private final byte[] salt;
        private final byte[] digest;

        private Known(Caller caller, byte[] salt, byte[] digest) {
            this.caller = caller;
            this.salt = salt;
            this.digest = digest;
        }

        private static Known of(Token token) {
            String[] parts = token.hash().split(":", -1);
            return new Known(
                    Caller.ofSettings(token.name(), token.role().access(), ProjectId.of(token.project())),
                    HexFormat.of().parseHex(parts[1]),
                    HexFormat.of().parseHex(parts[2]));
        }
    }
}

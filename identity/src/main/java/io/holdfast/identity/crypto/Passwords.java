package io.holdfast.identity.crypto;

import io.holdfast.identity.IdentityException;
import io.holdfast.identity.IdentityException.Kind;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Hashes of passwords and other secrets, as text that says how it was made.
 *
 * <p>A password that a person chose is hashed with Argon2id (RFC 9106) in the strength that OWASP's password storage guide gives
 * first: 19 MiB, two passes, one lane. It is written in the usual form, {@code $argon2id$v=19$m=19456,t=2,p=1$salt$hash}, so that
 * a stronger one can take over later. A secret that was drawn here has 256 random bits, which nobody guesses at any speed: for it
 * {@code sha256:salt:hash} is enough, and a program that logs in often costs nothing.
 *
 * <p>So few are hashed at once that a flood of logins takes neither all memory nor all processors; so many may wait that a burst
 * gets through, and the rest is told to come back.
 */
public final class Passwords {

    private static final Pattern ARGON2 = Pattern.compile(
            "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,2}),p=1\\$([A-Za-z0-9+/]{1,88})\\$([A-Za-z0-9+/]{1,88})");
    private static final Pattern SHA256 = Pattern.compile("sha256:([0-9a-f]{32}):([0-9a-f]{64})");

    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;
    private static final int DRAWN_BYTES = 32;
    private static final int WAITING_MAX = 64;
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final SecureRandom random = new SecureRandom();
    private final Cost cost;
    private final Semaphore atOnce;
    private final AtomicInteger waiting = new AtomicInteger();
    private final String nobodys;

    /**
     * How dear a hash is.
     *
     * @param memoryKib memory that each takes
     */
    public record Cost(int memoryKib, int passes) {
        public static final Cost USUAL = new Cost(19 * 1024, 2);
    }

    /** @param hashesAtOnce Argon2 hashes that are computed at the same time */
    public Passwords(Cost cost, int hashesAtOnce) {
        this.cost = cost;
        this.atOnce = new Semaphore(hashesAtOnce, true);
        this.nobodys = argon2(randomBytes(SALT_BYTES), randomBytes(HASH_BYTES), cost);
    }

    /** @throws IdentityException BUSY when too many are being hashed */
    public String hash(String password) {
        byte[] salt = randomBytes(SALT_BYTES);
        return argon2(salt, inTurn(password, salt, cost, HASH_BYTES), cost);
    }

    /** A secret of 256 random bits, in characters that need no quoting. */
    public String drawn() {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(randomBytes(DRAWN_BYTES));
    }

    /** The hash of a secret that {@link #drawn} made. */
    public String hashDrawn(String secret) {
        byte[] salt = randomBytes(SALT_BYTES);
        HexFormat hex = HexFormat.of();
        return "sha256:" + hex.formatHex(salt) + ":" + hex.formatHex(sha256(salt, secret));
    }

    /**
     * Whether it is the right one.
     *
     * @throws IdentityException BUSY when too many are being hashed
     */
    public boolean matches(String secret, String hash) {
        Matcher sha256 = SHA256.matcher(hash);
        if (sha256.matches()) {
            HexFormat hex = HexFormat.of();
            return MessageDigest.isEqual(hex.parseHex(sha256.group(2)), sha256(hex.parseHex(sha256.group(1)), secret));
        }
        Matcher argon2 = ARGON2.matcher(hash);
        if (!argon2.matches()) {
            throw new IllegalStateException("a hash of a password is not as this release writes it");
        }
        byte[] expected = Base64.getDecoder().decode(argon2.group(4));
        Cost then = new Cost(Integer.parseInt(argon2.group(1)), Integer.parseInt(argon2.group(2)));
        return MessageDigest.isEqual(
                expected, inTurn(secret, Base64.getDecoder().decode(argon2.group(3)), then, expected.length));
    }

    /**
     * Takes as long as {@link #matches}, so that the time of an answer does not say who is there. Compares with random bytes, which are the
     * hash of nothing that anybody could find.
     */
    public boolean matchesNobody(String secret) {
        return matches(secret, nobodys);
    }

    private byte[] inTurn(String secret, byte[] salt, Cost cost, int bytes) {
        if (waiting.incrementAndGet() > WAITING_MAX) {
            waiting.decrementAndGet();
            throw busy();
        }
        boolean mine = false;
        try {
            mine = atOnce.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            if (!mine) {
                throw busy();
            }
            Argon2BytesGenerator generator = new Argon2BytesGenerator();
            generator.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                    .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                    .withMemoryAsKB(cost.memoryKib)
                    .withIterations(cost.passes)
                    .withParallelism(1)
                    .withSalt(salt)
                    .build());
            byte[] hash = new byte[bytes];
            generator.generateBytes(secret.getBytes(StandardCharsets.UTF_8), hash);
            return hash;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw busy();
        } finally {
            waiting.decrementAndGet();
            if (mine) {
                atOnce.release();
            }
        }
    }

    private static IdentityException busy() {
        return new IdentityException(Kind.BUSY, "Too many passwords are being checked; try again.");
    }

    private static String argon2(byte[] salt, byte[] hash, Cost cost) {
        Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
        return "$argon2id$v=19$m=" + cost.memoryKib + ",t=" + cost.passes + ",p=1$" + base64.encodeToString(salt) + "$"
                + base64.encodeToString(hash);
    }

    private static byte[] sha256(byte[] salt, String secret) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(salt);
            return digest.digest(secret.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    /** For a key, a salt, or a name that nobody guesses. */
    public byte[] randomBytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }
}

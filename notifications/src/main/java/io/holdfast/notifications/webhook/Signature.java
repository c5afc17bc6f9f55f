package io.holdfast.notifications.webhook;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The header {@code Holdfast-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">}.
 *
 * <p>The time is part of what is signed, so that a recorded request cannot be replayed for ever.
 */
public final class Signature {

    private static final Pattern SHAPE = Pattern.compile("t=(\\d{1,12}),v1=([0-9a-f]{64})");

    private Signature() {}

    /** The header's value for this body. */
    public static String sign(String secret, Instant at, byte[] body) {
        long seconds = at.getEpochSecond();
        return "t=" + seconds + ",v1=" + HexFormat.of().formatHex(mac(secret, seconds, body));
    }

    /** Whether the header was made with this secret for this body, no more than {@code tolerance} from {@code now}. */
    public static boolean verify(String secret, String header, byte[] body, Instant now, Duration tolerance) {
        Matcher matcher = SHAPE.matcher(header);
        if (!matcher.matches()) {
            return false;
        }
        long seconds = Long.parseLong(matcher.group(1));
        boolean fresh = Math.abs(now.getEpochSecond() - seconds) <= tolerance.toSeconds();
        // Compared in constant time, so that the answer's time tells nothing about the expected value.
        return MessageDigest.isEqual(HexFormat.of().parseHex(matcher.group(2)), mac(secret, seconds, body)) && fresh;
    }

    private static byte[] mac(String secret, long seconds, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            mac.update((seconds + ".").getBytes(StandardCharsets.US_ASCII));
            return mac.doFinal(body);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has HmacSHA256", e);
        }
    }
}

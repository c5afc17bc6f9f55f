package io.holdfast.api.http;

import io.vertx.core.MultiMap;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which of Nova's shapes a caller expects. Without a header it is {@link #MIN}. */
public record Microversion(int major, int minor) implements Comparable<Microversion> {

    public static final Microversion MIN = new Microversion(2, 1);
    public static final Microversion MAX = new Microversion(2, 96);

    private static final Pattern SHAPE = Pattern.compile("([1-9]\\d{0,3})\\.(0|[1-9]\\d{0,3})");
    private static final String SERVICE = "compute ";

    /**
     * Reads {@code OpenStack-API-Version: compute 2.79} or, when it is not there, {@code X-OpenStack-Nova-API-Version}.
     *
     * @throws ApiFault 400 when it cannot be read, 406 when it is outside the range
     */
    public static Microversion negotiate(MultiMap headers) {
        String text = asked(headers);
        if (text == null) {
            return MIN;
        }
        if (text.equals("latest")) {
            return MAX;
        }
        Matcher matcher = SHAPE.matcher(text);
        if (!matcher.matches()) {
            throw ApiFault.badRequest("API Version String '" + text + "' is of invalid format. It must be of format"
                    + " 2.N, or 'latest'.");
        }
        Microversion version = new Microversion(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
        if (version.compareTo(MIN) < 0 || version.compareTo(MAX) > 0) {
            throw new ApiFault(
                    406,
                    "Version " + version + " is not supported by the API. Minimum is " + MIN + " and maximum is " + MAX
                            + ".");
        }
        return version;
    }

    /** Whether this is {@code 2.minor} or later. */
    public boolean atLeast(int minorWanted) {
        return minor >= minorWanted;
    }

    /** Answers 404, as for a path that is not there, unless this version is in the range (both inclusive). */
    public void requireBetween(int least, int most) {
        if (minor < least || minor > most) {
            throw ApiFault.notFound("The resource could not be found in version " + this + " of the API.");
        }
    }

    @Override
    public int compareTo(Microversion other) {
        return major != other.major ? Integer.compare(major, other.major) : Integer.compare(minor, other.minor);
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }

    private static @Nullable String asked(MultiMap headers) {
        // The header may name several services, each with its version: "compute 2.79, placement 1.39".
        for (String line : headers.getAll("OpenStack-API-Version")) {
            for (String one : line.split(",", -1)) {
                String trimmed = one.strip().toLowerCase(Locale.ROOT);
                if (trimmed.startsWith(SERVICE)) {
                    return trimmed.substring(SERVICE.length()).strip();
                }
            }
        }
        String legacy = headers.get("X-OpenStack-Nova-API-Version");
        return legacy == null ? null : legacy.strip().toLowerCase(Locale.ROOT);
    }
}

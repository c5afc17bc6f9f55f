package io.holdfast.api.http;

import io.vertx.core.MultiMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The microversions of one API: which there are, and by which headers they are asked for and answered.
 *
 * @param service as the header {@code OpenStack-API-Version} names it
 * @param legacyHeader an older header with the version alone, or null for none
 */
public record Microversions(String service, @Nullable String legacyHeader, Microversion min, Microversion max) {

    private static final String HEADER = "OpenStack-API-Version";
    private static final Pattern SHAPE = Pattern.compile("([1-9]\\d{0,3})\\.(0|[1-9]\\d{0,3})");

    /**
     * Reads {@code OpenStack-API-Version: compute 2.79} or, when it is not there, the older header. Without either it is the least.
     *
     * @throws ApiFault 400 when it cannot be read, 406 when it is outside the range
     */
    public Microversion negotiate(MultiMap headers) {
        String text = asked(headers);
        if (text == null) {
            return min;
        }
        if (text.equals("latest")) {
            return max;
        }
        Matcher matcher = SHAPE.matcher(text);
        if (!matcher.matches()) {
            throw ApiFault.badRequest("API Version String '" + text + "' is of invalid format. It must be of format "
                    + min.major() + ".N, or 'latest'.");
        }
        Microversion version = new Microversion(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
        if (version.compareTo(min) < 0 || version.compareTo(max) > 0) {
            throw new ApiFault(
                    406,
                    "Version " + version + " is not supported by the API. Minimum is " + min + " and maximum is " + max
                            + ".");
        }
        return version;
    }

    /** The headers that say in which version the answer is. */
    public Map<String, String> answered(Microversion version) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put(HEADER, service + " " + version);
        if (legacyHeader != null) {
            headers.put(legacyHeader, version.toString());
        }
        return headers;
    }

    /** What the answer depends on, for whoever keeps copies of it. */
    public String vary() {
        return legacyHeader == null ? HEADER : HEADER + ", " + legacyHeader;
    }

    private @Nullable String asked(MultiMap headers) {
        // The header may name several services, each with its version: "compute 2.79, placement 1.39".
        String wanted = service.toLowerCase(Locale.ROOT) + " ";
        for (String line : headers.getAll(HEADER)) {
            for (String one : line.split(",", -1)) {
                String trimmed = one.strip().toLowerCase(Locale.ROOT);
                if (trimmed.startsWith(wanted)) {
                    return trimmed.substring(wanted.length()).strip();
                }
            }
        }
        String legacy = legacyHeader == null ? null : headers.get(legacyHeader);
        return legacy == null ? null : legacy.strip().toLowerCase(Locale.ROOT);
    }
}

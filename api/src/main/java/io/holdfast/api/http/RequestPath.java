package io.holdfast.api.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which paths have one meaning only.
 *
 * <p>Who may call, which contract holds, who is asked and what is recorded are decided one after the other, here and in what stands in front
 * of Holdfast. A path that one of them could read otherwise than another, because it takes a segment out, splits one, or decodes once more, is
 * refused before any of them has seen it. What is left has as many segments as it is written with, each decoded once.
 */
public final class RequestPath {

    private RequestPath() {}

    /**
     * What is wrong with a path; empty when nothing is.
     *
     * @param path as it came, without the query; null for a target that has none
     */
    public static Optional<String> fault(@Nullable String path) {
        if (path == null || !path.startsWith("/")) {
            return Optional.of("The path must begin with a slash.");
        }
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c <= ' ' || c > '~' || c == '\\' || c == ';' || c == '#') {
                return Optional.of(
                        "The path contains a character that must be percent-encoded there, at place " + (i + 1) + ".");
            }
        }
        // One slash at the end is customary; two are an empty segment.
        String plain = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        if (plain.isEmpty()) {
            return Optional.empty();
        }
        for (String segment : plain.substring(1).split("/", -1)) {
            Optional<String> fault = faultOf(segment);
            if (fault.isPresent()) {
                return fault;
            }
        }
        return Optional.empty();
    }

    /** What is wrong with a query; empty when nothing is. The database takes no NUL, and no name has one. */
    public static Optional<String> faultOfQuery(@Nullable String query) {
        return query != null && query.contains("%00")
                ? Optional.of("The query must not contain the character NUL.")
                : Optional.empty();
    }

    private static Optional<String> faultOf(String segment) {
        if (segment.isEmpty()) {
            return Optional.of("The path has an empty segment.");
        }
        String name = decoded(segment);
        if (name == null) {
            return Optional.of("A segment of the path is not percent-encoded UTF-8.");
        }
        if (name.equals(".") || name.equals("..")) {
            return Optional.of("A segment of the path must not be '.' or '..'.");
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '/' || c == '\\' || Character.isISOControl(c)) {
                return Optional.of("A segment of the path must contain no slash, backslash or control character,"
                        + " percent-encoded or not.");
            }
            if (c == '%' && isEscape(name, i)) {
                return Optional.of("A segment of the path must not be percent-encoded twice.");
            }
        }
        return Optional.empty();
    }

    /** Null when it cannot be: an escape that is none, or bytes that are no UTF-8, which every decoder reads in a way of its own. */
    private static @Nullable String decoded(String segment) {
        ByteBuffer bytes = ByteBuffer.allocate(segment.length());
        for (int i = 0; i < segment.length(); i++) {
            if (segment.charAt(i) != '%') {
                bytes.put((byte) segment.charAt(i));
            } else if (isEscape(segment, i)) {
                bytes.put((byte) HexFormat.fromHexDigits(segment, i + 1, i + 3));
                i += 2;
            } else {
                return null;
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(bytes.flip())
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static boolean isEscape(String text, int at) {
        return at + 2 < text.length()
                && HexFormat.isHexDigit(text.charAt(at + 1))
                && HexFormat.isHexDigit(text.charAt(at + 2));
    }
}

package io.holdfast.api.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of a body before anything is made of it.
 *
 * <p>The contract is checked on a tree, and the check keeps a record for each value that is wrong; a megabyte of wrong
 * values made enough of them to exhaust the controller's memory. So the values are counted first, on the raw text, which
 * costs nothing that grows. And in the same pass texts are refused that no database keeps as they are.
 */
public final class Bodies {

    /** The largest body that the contract allows has some 300 values. */
    private static final int VALUES_MAX = 2000;

    private static final int DEPTH_MAX = 32;

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(DEPTH_MAX).build())
            .build();

    private Bodies() {}

    /** The type alone, however it is written (RFC 9110, 8.3.1): without parameters, in lower case; empty for none. */
    public static String mediaType(@Nullable String contentType) {
        if (contentType == null) {
            return "";
        }
        int end = contentType.indexOf(';');
        String type = end < 0 ? contentType : contentType.substring(0, end);
        return type.strip().toLowerCase(Locale.ROOT);
    }

    /** @throws ApiFault 400 when the body is no JSON, has too many values, or a text that cannot be kept */
    public static void require(Buffer body) {
        byte[] bytes = body.getBytes();
        int values = 0;
        try (JsonParser parser = JSON.createParser(bytes)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                values += token.isStructEnd() || token == JsonToken.FIELD_NAME ? 0 : 1;
                if (values > VALUES_MAX) {
                    throw ApiFault.badRequest("The body has more than " + VALUES_MAX + " values.");
                }
                if (token == JsonToken.FIELD_NAME || token == JsonToken.VALUE_STRING) {
                    keepable(parser);
                }
            }
        } catch (IOException e) {
            throw ApiFault.badRequest("The request body can't be decoded");
        }
    }

    private static void keepable(JsonParser parser) throws IOException {
        String text = parser.getText();
        if (text.indexOf('\0') >= 0 || hasHalfPair(text)) {
            String where = parser.getParsingContext().pathAsPointer().toString();
            throw ApiFault.badRequest("Invalid input"
                    + (where.isEmpty() ? "" : " for field/attribute " + printable(where.substring(1)))
                    + ". A text must not contain the character NUL or half of a surrogate pair");
        }
    }

    private static boolean hasHalfPair(String text) {
        return text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }

    private static String printable(String where) {
        return where.codePoints()
                .limit(100)
                .map(c -> Character.isISOControl(c) || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)
                        ? '?'
                        : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}

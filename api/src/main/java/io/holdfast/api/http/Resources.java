package io.holdfast.api.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** Texts that are part of the program: contracts, documents. */
public final class Resources {

    private Resources() {}

    /** @param resource on the class path, from its root */
    public static String text(String resource) {
        try (InputStream in = Objects.requireNonNull(Resources.class.getResourceAsStream(resource), resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + resource, e);
        }
    }
}

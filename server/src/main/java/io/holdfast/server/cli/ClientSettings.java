package io.holdfast.server.cli;

import io.holdfast.model.SecretFile;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What {@code ~/.config/holdfast/client.yaml} may say; options and environment variables are stronger.
 *
 * @param url where the controller answers; default {@code http://127.0.0.1:8774}
 * @param tokenFile file with the token, readable by its owner only; default none
 * @param ca certificate authority (PEM) that signed the controller's certificate; default the JDK's own list
 */
record ClientSettings(
        URI url, @Nullable SecretFile tokenFile, @Nullable Path ca) {

    ClientSettings {
        if (url.getHost() == null || !("http".equals(url.getScheme()) || "https".equals(url.getScheme()))) {
            throw new IllegalArgumentException("url must be http://HOST:PORT or https://HOST:PORT, is " + url);
        }
    }

    static ClientSettings defaults() {
        return new ClientSettings(URI.create("http://127.0.0.1:8774"), null, null);
    }
}

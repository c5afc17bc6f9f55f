package io.holdfast.server.controller;

import io.holdfast.api.http.ApiService;
import io.holdfast.api.keystone.Keystone;
import io.holdfast.identity.Bootstrap;
import io.holdfast.identity.Directory;
import io.holdfast.identity.IdentitySettings;
import io.holdfast.identity.Logins;
import io.holdfast.identity.TokenService;
import io.holdfast.identity.TokenVerifier;
import io.holdfast.identity.crypto.Passwords;
import io.holdfast.identity.external.ExternalKeystone;
import io.holdfast.identity.store.StoredIdentity;
import io.holdfast.secrets.SecretReader;
import io.holdfast.server.Closing;
import io.holdfast.store.Store;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who knows the tokens, and what is served for it: our own identity service, or nothing beside somebody else's.
 *
 * @param services on the API's port
 */
record IdentityParts(TokenVerifier verifier, List<ApiService> services) {

    /** @param images where the catalog says that the image service is; null for the one here */
    static IdentityParts open(
            Store store,
            IdentitySettings settings,
            @Nullable URI images,
            Path password,
            SecretReader secrets,
            Closing closing) {
        IdentitySettings.Keystone external = settings.keystone();
        if (external != null) {
            return new IdentityParts(
                    closing.add(new ExternalKeystone(external, secrets, InstantSource.system(), System::nanoTime)),
                    List.of());
        }
        StoredIdentity stored = new StoredIdentity(store);
        Directory directory = stored.directory();
        Passwords passwords = new Passwords(Passwords.Cost.USUAL, settings.hashesAtOnce());
        new Bootstrap(stored.first(), directory, passwords, secrets).run(settings.bootstrap(), password);
        TokenService tokens =
                new TokenService(stored.tokens(), directory, settings, InstantSource.system(), System::nanoTime);
        Logins logins = new Logins(directory, tokens, passwords, settings.failuresPerMinute(), System::nanoTime);
        return new IdentityParts(tokens, List.of(new Keystone(directory, tokens, logins, passwords, settings, images)));
    }
}

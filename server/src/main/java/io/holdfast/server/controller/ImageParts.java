package io.holdfast.server.controller;

import io.holdfast.api.glance.ExternalGlance;
import io.holdfast.api.http.Call;
import io.holdfast.compute.ImageSettings;
import io.holdfast.compute.Images;
import io.holdfast.compute.image.ImageFiles;
import io.holdfast.compute.store.StoredCopies;
import io.holdfast.identity.IdentitySettings;
import io.holdfast.identity.external.KeystoneLogin;
import io.holdfast.secrets.SecretReader;
import io.holdfast.server.Closing;
import io.holdfast.store.Store;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Somebody else's image service, instead of our own. */
final class ImageParts {

    private ImageParts() {}

    static ExternalGlance external(
            Store store,
            ControllerSettings settings,
            ImageSettings.External external,
            Images images,
            SecretReader secrets,
            Closing closing) {
        ImageSettings.Login login = external.login();
        KeystoneLogin own = login == null
                ? null
                : closing.add(new KeystoneLogin(
                        "image.external.login", asKeystone(login, external), secrets, InstantSource.system()));
        return closing.add(new ExternalGlance(
                settings.image(),
                external,
                external.ca() == null ? null : KeystoneLogin.trusting("image.external.ca", external.ca()),
                images,
                new StoredCopies(
                        store,
                        new ImageFiles(
                                settings.compute().sharedStorage(),
                                settings.image().keepFreeBytes()),
                        settings.image(),
                        InstantSource.system()),
                new Shown(settings.identity().keystone() != null, own)));
    }

    private static IdentitySettings.Keystone asKeystone(ImageSettings.Login login, ImageSettings.External external) {
        return new IdentitySettings.Keystone(
                login.url(),
                login.user(),
                login.userDomain(),
                login.passwordFile(),
                login.project(),
                login.projectDomain(),
                login.ca(),
                external.allowHttp(),
                null,
                null,
                external.timeoutOrDefault());
    }

    /**
     * The caller's own token where Glance can know it, else ours.
     *
     * @param shared whether callers' tokens are of a Keystone outside, which Glance believes as well
     */
    private record Shown(boolean shared, @Nullable KeystoneLogin own) implements ExternalGlance.Tokens {

        @Override
        public Optional<String> of(Call call, @Nullable String refused) {
            Call.Shown shown = call.shown();
            if (shared && call.caller().bearer() != null && shown != null) {
                return refused == null ? Optional.of(shown.token()) : Optional.empty();
            }
            return own == null ? Optional.empty() : Optional.of(own.token(refused));
        }
    }
}

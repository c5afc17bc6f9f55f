package io.holdfast.api.keystone;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.identity.IdentitySettings;
import io.holdfast.identity.Scope;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ServicesTest {

    private static final IdentitySettings SETTINGS = new IdentitySettings(
            "north",
            URI.create("https://api.example:443"),
            Duration.ofHours(1),
            Duration.ofDays(30),
            10,
            2,
            IdentitySettings.Bootstrap.defaults(),
            null);

    /** By type; the address does not depend on the call where it is a setting. */
    @SuppressWarnings("NullAway")
    private static Map<String, String> catalog(@Nullable URI images) {
        Map<String, String> urls = new HashMap<>();
        new Services(SETTINGS, images)
                .catalog(null, new Scope.OnProject("blue"))
                .forEach(one -> {
                    JsonObject service = (JsonObject) one;
                    service.getJsonArray("endpoints")
                            .forEach(endpoint ->
                                    urls.put(service.getString("type"), ((JsonObject) endpoint).getString("url")));
                });
        return urls;
    }

    @Test
    void theCatalogNamesTheImageServiceThatIsAsked() {
        assertThat(catalog(null)).containsEntry("image", "https://api.example:443/image");
        Map<String, String> external = catalog(URI.create("https://glance.example:9292"));
        assertThat(external)
                .containsEntry("image", "https://glance.example:9292")
                .containsEntry("compute", "https://api.example:443/v2.1")
                .containsEntry("instance-ha", "https://api.example:443/instance-ha/v1/blue");
    }
}

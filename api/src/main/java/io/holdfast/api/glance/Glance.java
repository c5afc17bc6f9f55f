package io.holdfast.api.glance;

import io.holdfast.api.http.ApiService;
import io.holdfast.api.http.FaultShape;
import io.holdfast.api.http.Faults;
import io.holdfast.api.http.Microversions;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Policy;
import io.holdfast.api.http.Resources;
import io.holdfast.api.http.Rule;
import io.holdfast.api.http.Streaming;
import io.holdfast.compute.ImageSettings;
import io.holdfast.compute.Images;
import io.vertx.core.http.HttpMethod;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The image service: Glance's API v2, up to 2.7. */
public record Glance(String contract, Map<String, Operation> operations, Streaming streaming) implements ApiService {

    static final String PREFIX = "/image";

    private static final Set<String> OPEN = Set.of(PREFIX, PREFIX + "/", PREFIX + "/versions");

    /** Who may see and change which image depends on the image, too; {@link ImageAccess} says so. */
    public static final Policy POLICY = Policy.table()
            .put(Rule.OPEN, "showRoot", "listVersions")
            .put(Rule.ANY, "showImageSchema", "showImagesSchema")
            .put(Rule.READER, "listImages", "showImage", "downloadImage", "listMembers", "showMember")
            .put(
                    Rule.MEMBER,
                    "createImage",
                    "updateImage",
                    "deleteImage",
                    "uploadImage",
                    "deactivateImage",
                    "reactivateImage",
                    "addImageTag",
                    "removeImageTag",
                    "addMember",
                    "updateMember",
                    "removeMember")
            .done();

    public Glance {
        operations = Map.copyOf(operations);
    }

    public static Glance of(Images images, ImageSettings settings) {
        ImageAccess access = new ImageAccess(images);
        Map<String, Operation> operations = new LinkedHashMap<>();
        operations.putAll(new ImageDocuments().operations());
        operations.putAll(new ImageOperations(images, access, Clock.systemUTC()).operations());
        operations.putAll(new ImageContents(images, access).operations());
        return new Glance(
                Resources.text("/openapi/image.yaml"),
                operations,
                new Streaming(ImageContents.STREAMED, settings.transfersMax(), settings.idle(), settings.deadline()));
    }

    @Override
    public String type() {
        return "image";
    }

    @Override
    public String prefix() {
        return PREFIX;
    }

    @Override
    public Policy policy() {
        return POLICY;
    }

    @Override
    public boolean isOpen(HttpMethod method, String path) {
        return method.equals(HttpMethod.GET) && OPEN.contains(path);
    }

    @Override
    public @Nullable Microversions microversions(String path) {
        return null;
    }

    /**
     * Glance itself answers with a page of HTML, or in JSON with texts at the top, over which one of its clients stumbles. All of
     * them read an object with a message in it, which is how the other services speak.
     */
    @Override
    public FaultShape faults() {
        return Faults::keystone;
    }
}

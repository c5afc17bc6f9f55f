package io.holdfast.api.glance;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.ImageEntry;
import io.holdfast.compute.ImageEntry.Content;
import io.holdfast.compute.ImageEntry.Status;
import io.holdfast.compute.Images;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The content of images, in and out, as it comes. */
final class ImageContents {

    private static final Logger LOG = LoggerFactory.getLogger(ImageContents.class);

    private static final String UPLOAD = "uploadImage";
    private static final String DOWNLOAD = "downloadImage";

    static final Set<String> STREAMED = Set.of(UPLOAD, DOWNLOAD);

    private final Images images;
    private final ImageAccess access;

    ImageContents(Images images, ImageAccess access) {
        this.images = images;
        this.access = access;
    }

    Map<String, Operation> operations() {
        return Map.of(UPLOAD, this::upload, DOWNLOAD, this::download);
    }

    private Reply upload(Call call) {
        ImageEntry image = access.owned(call, "upload data for");
        Call.Content content = call.stream();
        return done(images.upload(image.id(), content.bytes(), content.stream()));
    }

    /** The caller is told nothing of the image as it is now. */
    private static Reply done(ImageEntry now) {
        LOG.debug("image {} is {}", now.id(), now.status());
        return Reply.empty(204);
    }

    private Reply download(Call call) {
        ImageEntry image = access.seen(call);
        if (image.status() == Status.DEACTIVATED && !call.caller().isAdmin()) {
            throw new ApiFault(403, "The requested image has been deactivated. Image data download is forbidden.");
        }
        return images.download(image.id()).map(ImageContents::reply).orElseGet(() -> Reply.empty(204));
    }

    private static Reply reply(Images.Download download) {
        Reply reply =
                Reply.streamed(new Reply.Stream("application/octet-stream", download.bytes(), download.content()));
        Content content = download.image().content();
        String md5 = content == null ? null : content.md5();
        // In hex, as Glance has it and its clients check it, and not in base 64 as RFC 1864 had it.
        return md5 == null ? reply : reply.with("Content-MD5", md5);
    }
}

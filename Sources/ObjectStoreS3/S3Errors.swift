import CloudStore

extension S3Problem {
  /// What this answer means, and what a person should do about it.
  /// - Parameters:
  ///   - name: what was asked for: `s3://bucket/key`.
  ///   - location: whose bucket and region are named.
  ///   - credentials: where they come from: `the environment`.
  func error(_ name: String, _ location: S3Location, credentials: String) -> ServiceError {
    func make(_ kind: ServiceError.Kind, _ advice: String = "") -> ServiceError {
      ServiceError(
        kind, "\(name): the service answered \(said)\(advice.isEmpty ? "" : "; \(advice)")",
        retryAfter: retryAfter)
    }
    switch code {
    case "NoSuchKey": return make(.notFound)
    case "NoSuchUpload": return make(.noSuchUpload)
    case "NoSuchBucket": return make(.denied, "make the bucket \(location.bucket), or mend its name")
    case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException":
      return make(.denied, wrongRegion(location))
    case "TemporaryRedirect":
      return make(.throttled, "the bucket is new and its name not known everywhere yet: try again later")
    case "InvalidAccessKeyId":
      return make(.denied, "this service does not know the access key of \(credentials): mend it there")
    case "SignatureDoesNotMatch":
      return make(
        .denied,
        "the secret key of \(credentials) is not the one of its access key, or something between here and "
          + "the service changes requests")
    case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired":
      return make(.expired, "the credentials of \(credentials) have expired: renew them there")
    case "InvalidToken", "InvalidClientTokenId", "UnrecognizedClientException":
      return make(
        .denied, "the session token of \(credentials) is not the one of its access key: renew them there")
    case "RequestTimeTooSkewed", "RequestExpired":
      return make(.denied, "this machine's clock and the service's differ: set this machine's clock")
    case "AccessDenied", "AllAccessDisabled", "AccessDeniedException":
      return make(.denied, denied(location, credentials))
    case "InvalidObjectState":
      return make(.denied, "the object is in an archive: restore it, or keep the store out")
    case "ConditionalRequestConflict", "OperationAborted": return make(.conflict)
    case "PreconditionFailed": return make(.preconditionFailed)
    case "SlowDown", "RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequests",
      "BandwidthLimitExceeded", "KMS.ThrottlingException":
      return make(.throttled)
    // The bytes came late or damaged: sent again they may come whole.
    case "RequestTimeout", "IncompleteBody", "BadDigest", "XAmzContentSHA256Mismatch", "InternalError":
      return make(.failed)
    case "InvalidRange": return make(.invalid)
    case "NotImplemented":
      return make(.denied, "this store lacks what is needed: use one that knows conditional writes")
    case let code? where code.hasPrefix("KMS."):
      return make(.denied, "mend the bucket's encryption key, or the right to use it")
    default: return byStatus(location, credentials, make)
    }
  }

  /// Where there is no code, or one that says no more.
  private func byStatus(
    _ location: S3Location, _ credentials: String, _ make: (ServiceError.Kind, String) -> ServiceError
  ) -> ServiceError {
    switch status {
    case 301, 307, 308: make(.denied, wrongRegion(location))
    case 300..<400: make(.denied, "it leads elsewhere: mend the address of the store (AWS_ENDPOINT_URL_S3)")
    case 401, 403: make(.denied, denied(location, credentials))
    case 404 where code == nil: make(.notFound, "")
    case 405, 501: make(.denied, "this store does not take such requests: mend its address, or use another")
    case 408: make(.failed, "")
    case 409: make(.conflict, "")
    case 412: make(.preconditionFailed, "")
    case 416: make(.invalid, "")
    case 429: make(.throttled, "")
    case 400..<500: make(.invalid, "")
    case 507: make(.failed, "the store is full: free some space there")
    default: make(.failed, "")
    }
  }

  private func wrongRegion(_ location: S3Location) -> String {
    if let region, region != location.region {
      return "the bucket is in \(region), and \(location.region) was asked: set AWS_REGION=\(region)"
    }
    return "the bucket is not in \(location.region): set AWS_REGION to its region"
  }

  private func denied(_ location: S3Location, _ credentials: String) -> String {
    "give \(credentials) the rights s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload on "
      + "arn:aws:s3:::\(location.bucket)/\(location.fullKey("*")), and "
      + "s3:ListBucket and s3:ListBucketMultipartUploads on arn:aws:s3:::\(location.bucket) "
      + "(without s3:ListBucket an absent object is AccessDenied too)"
  }
}

import Glibc

extension StoreError {
  /// What a system error means for the caller, and what a person can do about it.
  /// - Parameter doing: what was tried, such as `write`.
  init(_ error: SystemError, key: String, path: String, doing: String) {
    let reason = unsafe String(cString: strerror(error.code))
    let said = "cannot \(doing) \(path): \(reason)"
    switch error.code {
    case EACCES, EPERM:
      self.init(.denied, key: key, "\(said); give the user that this runs as access to it")
    case EROFS:
      self.init(.denied, key: key, "\(said); mount it for writing, or name another store")
    case ENOSPC, EDQUOT:
      self.init(.unavailable, key: key, "\(said); free some space there and run again")
    case EIO, ESTALE, ENODEV, ENXIO, ETIMEDOUT:
      self.init(.unavailable, key: key, "\(said); check the disk or mount, then run again")
    case EMFILE, ENFILE:
      self.init(.unavailable, key: key, "\(said); raise the limit of open files (ulimit -n)")
    case ENAMETOOLONG:
      self.init(.invalid, key: key, "\(said); the file system takes no names that long: use shorter ones")
    case ENOENT:
      self.init(
        .unavailable, key: key, "\(said); it was removed meanwhile: see that the store is still there")
    case ELOOP:
      self.init(.invalid, key: key, "\(path) is a symbolic link, which a store does not follow: replace it")
    default:
      self.init(.unavailable, key: key, said)
    }
  }
}

